/** Streams that end: after the event that ends one, its aggregate takes no command any more, whatever sends it. */
import { runDurableObjectAlarm } from 'cloudflare:test';
import { describe, expect, test } from 'vitest';
import { deployment } from './support/deployment.ts';
import { wholeApp } from './support/entry.ts';
import { faults } from './support/faults.ts';
import { aggregateOf, env, evict, objectOf, useKeptQueue } from './support/harness.ts';
import { expectDescribed } from './support/hostile.ts';

useKeptQueue();

const { get, post, worker } = deployment(wholeApp);

const enter = (id: string, command = 'Enter') => post(`/v1/commands/room/${id}/${command}`, {});

async function ended(id: string): Promise<void> {
  await enter(id);
  expect(await enter(id, 'CloseRoom')).toMatchObject({ status: 200, body: { version: 2 } });
}

const REFUSED = { status: 409, body: { reason: 'stream-ended', version: 2 } };

describe('ES1 after its end a stream takes no command', () => {
  test('warm and cold, not the same again either, and nothing is stored', async () => {
    await ended('closed');
    for (const isCold of [false, true]) {
      if (isCold) await evict('room/closed');
      for (const command of ['Enter', 'CloseRoom', 'EnterLater']) {
        const answer = await enter('closed', command);
        expect(answer).toMatchObject(REFUSED);
        expectDescribed(answer.body, 'rejected');
      }
    }
    expect(await aggregateOf('room/closed').headVersion()).toBe(2);
    expect((await get('/v1/timers/room/closed')).body).toMatchObject({ timers: [] });
  });

  test('in the same call, and a repeat of a key gets its outcome', async () => {
    const line = (command: string, idempotencyKey: string) => ({
      ...{ aggregate: 'room', id: 'batch', command, data: {}, idempotencyKey },
    });
    const lines = [line('Enter', 'k-1'), line('CloseRoom', 'k-2'), line('Enter', 'k-3')];
    const answers = [...lines, lines[1]].map((one) => JSON.stringify(one)).join('\n');
    const request = new Request('http://ledge.test/v1/commands', {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: answers,
    });
    const text = await (await worker.fetch(request, env)).text();
    expect(
      text
        .trimEnd()
        .split('\n')
        .map((one) => JSON.parse(one)),
    ).toMatchObject([
      { status: 200, version: 1 },
      { status: 200, version: 2 },
      { status: 409, reason: 'stream-ended' },
      { status: 200, version: 2, replayed: true },
    ]);
  });

  test('of a timer, which ends by the refusal and is not parked', async () => {
    await enter('timed', 'EnterLater');
    await ended('timed');
    faults.clockSkewMs = 120_000;
    await runDurableObjectAlarm(objectOf('room/timed'));
    expect(await aggregateOf('room/timed').headVersion()).toBe(2);
    expect((await get('/v1/timers/room/timed')).body).toMatchObject({ timers: [] });
  });

  test('and no imported event', async () => {
    const line = {
      aggregate: 'room',
      aggregateId: 'moved',
      data: {},
      occurredAt: '2020-01-01T00:00:00Z',
    };
    const lines = ['Entered', 'RoomClosed', 'Entered'].map((type, index) => ({
      ...line,
      type,
      version: index + 1,
    }));
    const request = new Request('http://ledge.test/v1/import/events', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(lines),
    });
    const text = await (await worker.fetch(request, env)).text();
    expect(text.match(/"(accepted|stream-ended)"/g)).toEqual([
      '"accepted"',
      '"accepted"',
      '"stream-ended"',
    ]);
    expect(await enter('moved')).toMatchObject(REFUSED);
  });
});

test('ES2 the end is in the state and in the stream, of now alone', async () => {
  await enter('shown');
  expect((await get('/v1/aggregates/room/shown')).body).not.toHaveProperty('ended');
  expect((await get('/v1/streams/room/shown')).body).not.toHaveProperty('ended');
  await enter('shown', 'CloseRoom');
  for (const path of [
    '/v1/aggregates/room/shown',
    '/v1/aggregates/room/shown?version=2',
    '/v1/streams/room/shown',
    '/v1/streams/room/shown?limit=1',
  ]) {
    expect((await get(path)).body).toMatchObject({ ended: true });
  }
  expect((await get('/v1/aggregates/room/shown?version=1')).body).not.toHaveProperty('ended');
});

test('ES3 a simulation knows the end, of the stream and of its own steps', async () => {
  await ended('what-if');
  const steps = [{ command: 'Enter', data: {} }];
  const simulated = async (input: object) => {
    const { body } = await post('/v1/simulate/room/what-if', input);
    return (body.steps as { outcome: string; reason?: string }[]).map(
      ({ outcome, reason }) => reason ?? outcome,
    );
  };
  expect(await simulated({ steps })).toEqual(['stream-ended']);
  const closing = [{ command: 'CloseRoom', data: {} }, ...steps];
  const earlier = { from: { version: 1 }, steps: [...steps, ...closing] };
  expect(await simulated(earlier)).toEqual(['accepted', 'accepted', 'stream-ended']);
});

test('ES4 an event behind the end of its own command is a fault, and stores nothing', async () => {
  await enter('early');
  expect(await enter('early', 'CloseEarly')).toMatchObject({ status: 500 });
  expect(await enter('early')).toMatchObject({ status: 200, body: { version: 2 } });
});

test('ES5 the end comes back with the stream: its events are all that it is', async () => {
  await ended('exported');
  const { next: _next, ...page } = await aggregateOf('room/exported').exportPage(
    undefined,
    1_000_000,
  );
  const { version, eventId } = page;
  const restored = aggregateOf('room/restored');
  const events = page.events.map((event) => ({ ...event, stream: 'room/restored' }));
  await restored.restorePage({ ...page, events });
  const counts = { commands: page.commands.length, timers: 0, actions: 0, subjectKeys: 0 };
  expect(await restored.release({ version, eventId, ...counts })).toMatchObject({ state: 'whole' });
  expect(await enter('restored')).toMatchObject(REFUSED);
});
