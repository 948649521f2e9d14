/**
 * Many deadlines at one moment: as many objects with a deadline each, by the runtime's own alarms, and one object with
 * twice as many. LEDGE_SCALE makes more of it: 10 is the ten thousand of the fault catalogue.
 */
import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { expect, test, vi } from 'vitest';
import { faults } from './support/faults.ts';
import {
  aggregateOf,
  env,
  keptMessages,
  objectOf,
  rowsOf,
  useKeptQueue,
} from './support/harness.ts';
import { remindNote } from './support/reminding.ts';
import { accepted, shop, stateOf } from './support/shop.ts';

useKeptQueue();

const SAGAS = 1_000 * env.LEDGE_SCALE;
const SAGAS_OF_AN_EVENT = 100;
const MESSAGES_OF_A_BATCH = 100;

/** The time in which they are started; a later one is due at once. */
const START_MS = 2_000 + 5 * SAGAS;

/** An event that starts a hundred sagas takes several invocations, each of which ends after two seconds. */
async function deliverAll(): Promise<void> {
  for (let messages = keptMessages(); messages.length > 0; messages = keptMessages()) {
    for (let at = 0; at < messages.length; at += MESSAGES_OF_A_BATCH) {
      const batch = messages.slice(at, at + MESSAGES_OF_A_BATCH);
      while ((await shop.deliver(batch)) > 0);
    }
  }
}

async function countOf(status: string): Promise<unknown> {
  const { body } = await shop.get(`/v1/sagas?saga=reminding&status=${status}&count=true&limit=1`);
  return body.count;
}

test(`Y13 77 ${SAGAS} deadlines at one time all fire, once each`, async () => {
  const dueMs = Date.now() + START_MS;
  for (let event = 0; event < SAGAS / SAGAS_OF_AN_EVENT; event++) {
    const note = remindNote(SAGAS_OF_AN_EVENT, dueMs);
    await accepted(`troublesome/remind-${event}/Work`, { note });
  }
  await deliverAll();
  expect(Number(await countOf('running')) + Number(await countOf('failed'))).toBe(SAGAS);
  const allFailed = async () => {
    await deliverAll();
    return (await countOf('failed')) === SAGAS;
  };
  await vi.waitUntil(allFailed, { timeout: 60_000 + 2 * START_MS, interval: 250 });
  const fired = await rowsOf<{ stream: string; times: number }>(
    `SELECT stream, count(*) AS times FROM journal WHERE type = 'TimeoutPassed' GROUP BY stream`,
  );
  expect(fired).toHaveLength(SAGAS);
  expect(fired.filter(({ times }) => times > 1)).toEqual([]);
}, 900_000);

const TIMERS = 2_000 * env.LEDGE_SCALE;
const COMMANDS_OF_A_CALL = 1_000;

function timersLeft(): Promise<number> {
  return runInDurableObject(objectOf('troublesome/crowd'), (_object, { storage }) =>
    Number(storage.sql.exec('SELECT count(*) AS timers FROM timer').one().timers),
  );
}

/** The alarm fires a hundred at once, and is set again for the next. */
const ALARMS_MAX = 2 * (TIMERS / 100);

test(`Y13 77 ${TIMERS} deadlines of one object all fire, once each`, async () => {
  const at = new Date(Date.now() + 600_000).toISOString();
  const object = aggregateOf('troublesome/crowd');
  for (let first = 0; first < TIMERS; first += COMMANDS_OF_A_CALL) {
    const commands = Array.from({ length: COMMANDS_OF_A_CALL }, (_, index) => ({
      name: 'WorkLater',
      data: { id: `t-${first + index}`, at },
      fingerprint: '',
      actor: 'somebody',
    }));
    await object.execute(commands);
  }
  faults.clockSkewMs = 600_001;
  let alarms = 0;
  for (; alarms < ALARMS_MAX && (await timersLeft()) > 0; alarms++) {
    await runDurableObjectAlarm(objectOf('troublesome/crowd'));
  }
  expect(await stateOf('troublesome/crowd')).toEqual({ worked: TIMERS });
}, 900_000);
