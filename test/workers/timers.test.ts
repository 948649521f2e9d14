/** Commands that an aggregate gets from itself later: once, whatever is restarted, lost or late in between. */
import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { describe, expect, test } from 'vitest';
import { faults } from './support/faults.ts';
import {
  deliver,
  evict,
  get,
  keptMessages,
  objectOf,
  send,
  useKeptQueue,
} from './support/harness.ts';

useKeptQueue();

const MINUTE_MS = 60_000;

const inMinutes = (minutes: number) => new Date(Date.now() + minutes * MINUTE_MS).toISOString();

function workLater(name: string, minutes: number, id = 'work') {
  return send(`troublesome/${name}`, 'WorkLater', { id, at: inMinutes(minutes) });
}

/** Lets so much time pass, and the alarm fire if it is due by then. */
async function passMinutes(name: string, minutes: number): Promise<void> {
  faults.clockSkewMs += minutes * MINUTE_MS;
  const dueMs = await alarmOf(name);
  if (dueMs !== null && dueMs <= Date.now() + faults.clockSkewMs) {
    await runDurableObjectAlarm(objectOf(`troublesome/${name}`));
  }
}

function alarmOf(name: string): Promise<number | null> {
  return runInDurableObject(objectOf(`troublesome/${name}`), (_object, { storage }) =>
    storage.getAlarm(),
  );
}

async function worked(name: string): Promise<number> {
  const { status, body } = await get(`/v1/streams/troublesome/${name}`);
  expect(status).toBe(200);
  return Array.isArray(body.events) ? body.events.length : -1;
}

describe.for([
  ['warm', async (_stream: string): Promise<void> => undefined],
  ['cold', evict],
  ['killed', (_stream: string) => abortAllDurableObjects()],
] as const)('%s', ([memory, between]) => {
  test('M1 a scheduled command is executed when its time has come, and not before', async () => {
    const name = `${memory}-due`;
    await workLater(name, 15);
    await between(`troublesome/${name}`);
    await passMinutes(name, 14);
    expect(await worked(name)).toBe(0);
    await between(`troublesome/${name}`);
    await passMinutes(name, 2);
    expect(await worked(name)).toBe(1);
    expect(keptMessages()).toHaveLength(1);
  });

  test('M2 it is executed once, however often the alarm fires', async () => {
    const name = `${memory}-once`;
    await workLater(name, 1);
    faults.clockSkewMs = 5 * MINUTE_MS;
    await runDurableObjectAlarm(objectOf(`troublesome/${name}`));
    await between(`troublesome/${name}`);
    await runDurableObjectAlarm(objectOf(`troublesome/${name}`));
    expect(await worked(name)).toBe(1);
  });

  test('M3 the same id again replaces it, cancel takes it away', async () => {
    const name = `${memory}-changed`;
    await workLater(name, 1, 'replaced');
    await workLater(name, 30, 'replaced');
    await workLater(name, 1, 'cancelled');
    await between(`troublesome/${name}`);
    await send(`troublesome/${name}`, 'WorkNever', { id: 'cancelled' });
    await passMinutes(name, 5);
    expect(await worked(name)).toBe(0);
    await passMinutes(name, 30);
    expect(await worked(name)).toBe(1);
  });
});

test('M3 an id that has fired and decided nothing can be set anew', async () => {
  const at = () => inMinutes(faults.clockSkewMs / MINUTE_MS + 1);
  const setAndFire = async () => {
    await send('troublesome/anew', 'RejectLater', { at: at() });
    await passMinutes('anew', 2);
  };
  await setAndFire();
  await setAndFire();
  const records = await runInDurableObject(objectOf('troublesome/anew'), (_object, { storage }) =>
    storage.sql.exec("SELECT count(*) AS n FROM command WHERE key LIKE 'ledge:timer/%'").one(),
  );
  expect(records).toEqual({ n: 2 });
});

test('M4 many timers share the one alarm, each at its time', async () => {
  const minutes = [50, 10, 30, 20, 40];
  for (const minute of minutes) await workLater('many', minute, `at-${minute}`);
  expect(await alarmOf('many')).toBeLessThanOrEqual(Date.now() + 10 * MINUTE_MS);
  for (let fired = 1; fired <= minutes.length; fired++) {
    await passMinutes('many', 10);
    expect(await worked('many')).toBe(fired);
  }
});

test('M4 an earlier timer moves the alarm, a later one leaves it', async () => {
  await workLater('moves', 30, 'first');
  const first = await alarmOf('moves');
  await workLater('moves', 60, 'later');
  expect(await alarmOf('moves')).toBe(first);
  await workLater('moves', 5, 'earlier');
  expect(await alarmOf('moves')).toBeLessThan(first ?? 0);
});

test('M4 a timer does not keep the relay from being confirmed, nor the other way round', async () => {
  await send('troublesome/both', 'Work');
  await workLater('both', 15);
  await deliver(keptMessages());
  await passMinutes('both', 1);
  expect(await alarmOf('both')).toBeGreaterThan(Date.now() + 14 * MINUTE_MS);
  await passMinutes('both', 15);
  expect(await worked('both')).toBe(2);
});

test('M5 more timers than one run takes are all fired', async () => {
  for (let index = 0; index < 120; index++) await workLater('crowd', 1, `t-${index}`);
  await passMinutes('crowd', 2);
  await runDurableObjectAlarm(objectOf('troublesome/crowd'));
  const { body } = await get('/v1/aggregates/troublesome/crowd');
  expect(body).toMatchObject({ state: { worked: 120 } });
});

test('M6 a time that has passed means at once', async () => {
  await workLater('overdue', -10);
  await passMinutes('overdue', 0);
  expect(await worked('overdue')).toBe(1);
});

test('M7 a command that throws stays, and is tried again ever later', async () => {
  await send('troublesome/throws', 'ThrowLater', { at: inMinutes(1) });
  await workLater('throws', 1);
  await passMinutes('throws', 2);
  expect(await worked('throws')).toBe(1);
  const first = ((await alarmOf('throws')) ?? 0) - Date.now() - faults.clockSkewMs;
  await deliver(keptMessages());
  for (let attempt = 0; attempt < 5; attempt++) await passMinutes('throws', 10);
  const timer = await runInDurableObject(objectOf('troublesome/throws'), (_object, { storage }) =>
    storage.sql.exec('SELECT id, attempts FROM timer').toArray(),
  );
  expect(first).toBeLessThanOrEqual(10_000);
  expect(timer).toEqual([{ id: 'throw', attempts: 6 }]);
  expect(faults.log).toContainEqual(
    expect.objectContaining({ operation: 'Throw', level: 'error' }),
  );
});

test('M8 a timer that could not be executed is refused with the command that sets it', async () => {
  const answer = await send('troublesome/wrong', 'ScheduleWrongly');
  expect(answer).toMatchObject({ status: 500, body: { type: '/problems/failed' } });
  expect(await alarmOf('wrong')).toBeNull();
});

test('M9 what a timer does says who caused it, and its key is out of a caller’s reach', async () => {
  const at = inMinutes(1);
  const key = { 'idempotency-key': 'set-it' };
  await send('troublesome/caused', 'WorkLater', { id: 'work', at }, key);
  await passMinutes('caused', 2);
  const { body } = await get('/v1/streams/troublesome/caused');
  expect(body.events).toMatchObject([
    { metadata: { actor: 'ledge:timer', causationId: 'set-it', correlationId: 'set-it' } },
  ]);
  const forged = { 'idempotency-key': 'ledge:timer/forged' };
  expect((await send('troublesome/caused', 'Work', {}, forged)).status).toBe(400);
});
