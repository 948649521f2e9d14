/**
 * What keeps an event out of the journal, cause by cause: each operator's tool names stream, cause and remedy within 30
 * seconds, and is clean again once the cause is gone.
 */
import { listDurableObjectIds, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { beforeEach, expect, test } from 'vitest';
import type { HealthStub, LedgeEnv } from '../../worker/env.ts';
import { faults } from './support/faults.ts';
import { env, objectOf, send, useKeptQueue } from './support/harness.ts';

useKeptQueue();

const SHARDS = ['0', '1', '2', '3'];

function healthOf(shard: string) {
  return env.HEALTH.getByName(shard);
}

/** The same object by the door that the Worker uses. */
function healthStubOf(shard: string): HealthStub {
  const { HEALTH }: LedgeEnv = env;
  return HEALTH.getByName(shard);
}

/** Lets the alarms of the health objects fire. */
async function lookAgain(): Promise<void> {
  for (const shard of SHARDS) await runDurableObjectAlarm(healthOf(shard));
}

beforeEach(async () => {
  for (const shard of SHARDS) {
    await runInDurableObject(healthOf(shard), (_object, { storage }) => {
      storage.sql.exec('DELETE FROM incident');
      storage.sql.exec('DELETE FROM unlisted');
    });
  }
});

async function listed(): Promise<unknown[]> {
  const pages = SHARDS.map((shard) =>
    healthStubOf(shard).list({ tenant: 'main', after: ['', ''], limit: 100 }),
  );
  return (await Promise.all(pages)).flat();
}

test('X5 a stream whose first event never arrived is registered by its alarm, with D1 down, and delivered once D1 is back', async () => {
  await send('troublesome/first', 'Work');
  faults.messages.length = 0;
  faults.clockSkewMs = 12_000;
  faults.beforeTrip = () => {
    throw new Error('D1_ERROR: D1 DB is overloaded. Requests queued for too long.');
  };
  await runDurableObjectAlarm(objectOf('troublesome/first'));
  expect(await listed()).toMatchObject([
    {
      stream: 'troublesome/first',
      version: 1,
      settledVersion: null,
      cause: expect.stringContaining('D1 DB is overloaded'),
    },
  ]);
  await lookAgain();
  expect(await listed()).toHaveLength(1);
  faults.beforeTrip = () => undefined;
  await lookAgain();
  expect(await listed()).toEqual([]);
  expect(await listDurableObjectIds(env.HEALTH)).toHaveLength(4);
});
