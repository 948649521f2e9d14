/** Reactors and sagas that start each other in a circle: stopped, said aloud, and nobody else is held up. */
import { beforeEach, describe, expect, test } from 'vitest';
import { defineApp } from '../../core/app.ts';
import type { StoredEvent } from '../../core/event.ts';
import { HOPS_MAX } from '../../core/hops.ts';
import { roundabout } from './support/circle.ts';
import { deployment } from './support/deployment.ts';
import { sagaApp } from './support/entry.ts';
import { env, keptMessages, useKeptQueue } from './support/harness.ts';

useKeptQueue();
beforeEach(async () => {
  const tables = ['journal', 'checkpoint', 'generation', 'serving_set', 'dead_letter'];
  await env.DB.batch(tables.map((table) => env.DB.prepare(`DELETE FROM ${table}`)));
});

const circular = deployment(defineApp({ ...sagaApp, reactors: [roundabout] }));

/** Rounds until the queue is quiet; a circle that nothing stops would go on for ever. */
async function runs(id: string, note: string, roundsMax = 4 * HOPS_MAX): Promise<void> {
  await circular.post(`/v1/commands/troublesome/${id}/Work`, { note });
  for (let round = 0; round < roundsMax; round++) {
    const messages = keptMessages();
    if (messages.length === 0) return;
    await circular.deliver(messages);
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

async function parked(): Promise<Letter[]> {
  const { body } = await circular.get('/v1/dead-letters?status=parked');
  return body.deadLetters as Letter[];
}

describe.each([
  ['V5 reactors', 'by reactor', 'roundabout@1', 0],
  ['Y11 sagas', 'by sagas', 'pinging.routing@1', 1_000],
] as const)('%s that start each other in a circle', (_who, note, generation, first) => {
  const last = first + HOPS_MAX / 2;

  test('79 are stopped after a hundred hops, by a dead letter that says so', async () => {
    await runs(`ping-${first}`, note);
    const id = `${generation}/troublesome/ping-${last}@1`;
    const error = expect.stringContaining('start each other in a circle');
    expect(await parked()).toMatchObject([{ id, error }]);
    expect((await eventOf(`troublesome/ping-${last}`))?.metadata).toMatchObject({ hops: HOPS_MAX });
    const path = `/v1/dead-letters/${encodeURIComponent(id)}`;
    expect((await circular.post(`${path}/redrive`)).body).toMatchObject({ status: 'parked' });
    expect((await circular.post(`${path}/discard`, { reason: 'mended' })).status).toBe(200);
    expect(await parked()).toEqual([]);
    expect(await eventOf(`troublesome/pong-${last}`)).toBeUndefined();
  }, 60_000);

  test('are one conversation, and each hop is counted', async () => {
    const begun = await eventOf(`troublesome/ping-${first}`);
    const next = await eventOf(`troublesome/pong-${first}`);
    expect(begun?.metadata).not.toHaveProperty('hops');
    expect(next?.metadata).toMatchObject({
      hops: 1,
      correlationId: begun?.metadata.correlationId,
    });
  });

  test('hold up nobody whose conversation is young', async () => {
    await runs(`pong-${last}`, note, 4);
    expect(await eventOf(`troublesome/ping-${last + 1}`)).toMatchObject({ data: { note } });
  });
});
