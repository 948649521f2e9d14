/**
 * The whole process of the Worker is killed at random moments and started again on the same state, as no platform is
 * so kind not to do. What was answered is there, once, and everything that was begun ends by itself.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { chaos } from '../chaos/chaos.ts';
import { arrived, patienceAfter } from '../chaos/quiet.ts';
import { seeded } from '../chaos/random.ts';
import { chaosText } from '../chaos/report.ts';
import { Client, keepSending, type ShopCommand } from './crash/client.ts';
import { answeredVersions, behind, compareOutcomes, streamOf } from './crash/compare.ts';
import { createCounts } from './crash/counts.ts';
import { Reader } from './crash/reader.ts';
import { migrations, Victim } from './crash/victim.ts';

const KILLS = Number(process.env.LEDGE_KILLS ?? 20);
const SEED = Number(process.env.LEDGE_SEED ?? Date.now() % 1_000_000);

let victim: Victim;
let client: Client;
let reader: Reader;

beforeEach(async () => {
  victim = await Victim.create();
  client = new Client(() => victim.url);
  reader = new Reader(() => victim.url);
});
afterEach(() => victim.remove());

test(`Z1 nothing that clients saw is untrue in the end, though the process is killed ${KILLS} times`, async () => {
  const options = { kills: KILLS, seed: SEED, backlog: 0 };
  const run = await chaos(victim, options);
  console.log(chaosText(options, run));
  expect(run.findings).toEqual([]);
  const { checked, differences } = await reader.verifyJournal();
  expect({ checked, differences }).toEqual({ checked: run.state.journal.length, differences: [] });
  expect(checked).toBeGreaterThan(KILLS);
}, 600_000);

async function caughtUp(): Promise<void> {
  await arrived(reader, answeredVersions(client.sent), patienceAfter(0));
  expect(await behind(reader, answeredVersions(client.sent))).toEqual([]);
}

const random = seeded(SEED);

const COUNTERS = 4;
const EVENTS = 80_000;

/** Fewer: each has to hit a build that is under way. */
const BUILD_KILLS = Math.ceil(KILLS / 4);

/** A few pages of a build. */
const BUILD_LIFE_MS = { min: 400, max: 1_400 };

const READ_BUILD =
  "SELECT cursor, state FROM generation WHERE projection = 'counts' AND version = 2";

interface Status {
  readonly state: string;
  readonly serving: number | null;
}

function statusOfCounts(): Promise<Status> {
  return reader.get('/v1/projections/counts');
}

/** Readers see the old rows or the new ones, all of them. */
async function expectWholeRows(): Promise<void> {
  const rows = await reader.rows('counts');
  const total = rows.reduce((sum, row) => sum + Number(row.total), 0);
  expect(total).toBeGreaterThanOrEqual(EVENTS);
}

test(`Z2 a build that is killed ${BUILD_KILLS} times continues where it was, and counts nothing twice`, async () => {
  const [first = '', second = ''] = await Promise.all(
    [1, 2].map((version) => victim.bundle(`test/e2e/crash/workers/version-${version}.ts`)),
  );
  await victim.start(first, [...(await migrations()), createCounts(1)]);
  const count = (times: number): ShopCommand => {
    return { aggregate: 'counter', id: `c-${random(COUNTERS)}`, command: 'Count', data: { times } };
  };
  for (let events = 0; events < EVENTS; events += 5_000) await client.send([count(5_000)]);
  await caughtUp();
  await victim.kill();

  // The first request starts the deployment's build, which then continues by itself.
  await victim.start(second, [createCounts(2)]);
  const killedAt: string[] = [];
  let over = false;
  const writer = keepSending(
    client,
    () => [count(1)],
    () => over,
  );
  while (killedAt.length < BUILD_KILLS) {
    await sleep(BUILD_LIFE_MS.min + random(BUILD_LIFE_MS.max - BUILD_LIFE_MS.min));
    await victim.kill();
    const build = await victim.autopsy<{ cursor: number; state: string }>(READ_BUILD);
    killedAt.push(build?.state === 'catching-up' ? String(build.cursor) : 'the end');
    await victim.start(second);
  }
  over = true;
  await writer;
  const startedMs = Date.now();
  for (let status = await statusOfCounts(); status.serving !== 2; status = await statusOfCounts()) {
    await expectWholeRows();
    await sleep(250);
  }
  const seconds = (Date.now() - startedMs) / 1_000;
  await client.repeat(client.sent.filter(({ decided }) => !decided));
  await caughtUp();

  expect(await statusOfCounts()).toMatchObject({ state: 'live', serving: 2 });
  const streams = [...new Set(client.sent.map(streamOf))];
  const log = (await Promise.all(streams.map((stream) => reader.log(stream)))).flat();
  console.log(
    `${BUILD_KILLS} kills of a build of ${log.length} events, at ${killedAt.join(', ')}; ` +
      `complete ${seconds.toFixed(1)} s after the last`,
  );
  expect(killedAt).not.toEqual(killedAt.map(() => 'the end'));
  expect(compareOutcomes(client.sent, log)).toEqual({ lost: 0, unasked: 0, gaps: 0 });
  expect(await reader.rows('counts')).toEqual(
    [...Map.groupBy(log, ({ stream }) => stream)]
      .map(([stream, events]) => ({ counter: stream.split('/')[1], total: events.length }))
      .sort((a, b) => String(a.counter).localeCompare(String(b.counter))),
  );
}, 600_000);
