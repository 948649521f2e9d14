/** Reactors and sagas that start each other in a cycle: stopped, reported, without delay for others. */
import { describe, expect, test } from 'vitest';
import type { StoredEvent } from '../../core/aggregate/event.ts';
import { defineApp } from '../../core/app.ts';
import { HOPS_MAX } from '../../core/process/hops.ts';
import { roundabout } from './support/circle.ts';
import { deployment } from './support/deployment.ts';
import { sagaApp } from './support/entry.ts';
import { keptMessages, useKeptQueue } from './support/harness.ts';

useKeptQueue();

const QUIET_MS = 20;

const circular = deployment(defineApp({ ...sagaApp, reactors: [roundabout] }));

/** More than a stopped cycle has; one that is not stopped would never end. */
const ROUNDS_MAX = 20 * HOPS_MAX;

/** Goes round until it is so. An object may send its message a moment after its answer. */
async function runs(id: string, note: string, isSo: () => Promise<boolean>): Promise<void> {
  await circular.post(`/v1/commands/troublesome/${id}/Work`, { note });
  for (let round = 0; round < ROUNDS_MAX && !(await isSo()); round++) {
    const messages = keptMessages();
    if (messages.length > 0) await circular.deliver(messages);
    else await scheduler.wait(QUIET_MS);
  }
}

async function eventOf(stream: string): Promise<StoredEvent | undefined> {
  const { body } = await circular.get(`/v1/streams/${stream}`);
  // As it was appended.
  return (body.events as StoredEvent[])[0];
}

interface Letter {
  readonly id: string;
  readonly error: string;
}

async function parkedFor(projection: string): Promise<Letter[]> {
  const query = `status=parked&projection=${projection}`;
  const { body } = await circular.get(`/v1/dead-letters?${query}`);
  return body.deadLetters as Letter[];
}

describe.each([
  ['V5 reactors', 'by reactor', 'roundabout', 0],
  ['Y11 sagas', 'by sagas', 'pinging.routing', 1_000],
] as const)('%s that start each other in a circle', (_who, note, reactor, first) => {
  const last = first + HOPS_MAX / 2;

  test('79 are stopped after a hundred hops, with a dead letter', async () => {
    await runs(`ping-${first}`, note, async () => (await parkedFor(reactor)).length > 0);
    const id = `${reactor}@1/troublesome/ping-${last}@1`;
    const error = expect.stringContaining('start each other in a circle');
    expect(await parkedFor(reactor)).toMatchObject([{ id, error }]);
    expect((await eventOf(`troublesome/ping-${last}`))?.metadata).toMatchObject({ hops: HOPS_MAX });
    const path = `/v1/dead-letters/${encodeURIComponent(id)}`;
    expect((await circular.post(`${path}/redrive`)).body).toMatchObject({ status: 'parked' });
    expect((await circular.post(`${path}/discard`, { reason: 'mended' })).status).toBe(200);
    expect(await parkedFor(reactor)).toEqual([]);
    expect(await eventOf(`troublesome/pong-${last}`)).toBeUndefined();
  }, 60_000);

  test('have one correlation id, and each hop is counted', async () => {
    const begun = await eventOf(`troublesome/ping-${first}`);
    const next = await eventOf(`troublesome/pong-${first}`);
    expect(begun?.metadata).not.toHaveProperty('hops');
    expect(next?.metadata).toMatchObject({
      hops: 1,
      correlationId: begun?.metadata.correlationId,
    });
  });

  test('do not delay processes with few hops', async () => {
    const next = `troublesome/ping-${last + 1}`;
    await runs(`pong-${last}`, note, async () => (await eventOf(next)) !== undefined);
    expect(await eventOf(next)).toMatchObject({ data: { note } });
  }, 60_000);
});
