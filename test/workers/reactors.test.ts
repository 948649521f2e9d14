/** A reactor: commands that follow from events, once each, in stream order, whatever the queue does. */
import { beforeEach, describe, expect, test } from 'vitest';
import { defineApp } from '../../core/app.ts';
import { command, defineReactor, type Reactor } from '../../core/reactor.ts';
import { deployment } from './support/deployment.ts';
import { testApp } from './support/entry.ts';
import { faults } from './support/faults.ts';
import { env, get, keptMessages, rowsOf, send, useKeptQueue } from './support/harness.ts';
import { troublesome } from './support/troublesome.ts';

useKeptQueue();
beforeEach(async () => {
  const tables = ['journal', 'checkpoint', 'generation', 'serving_set', 'dead_letter'];
  await env.DB.batch(tables.map((table) => env.DB.prepare(`DELETE FROM ${table}`)));
});

/** Every note is written down again, in the stream of its echo. */
function echo(startsAt: Reactor['startsAt'] = 'now') {
  return defineReactor({
    name: 'echo',
    from: [troublesome],
    startsAt,
    on: {
      troublesome: {
        Worked: ({ aggregateId, data: { note } }) => {
          if (note === 'unreactable') throw new Error('no reaction to that');
          if (note === 'nobody') return { aggregate: 'nobody', id: 'n', command: 'Do', data: {} };
          if (aggregateId.startsWith('echo-')) return [];
          if (note === 'reject') return command(troublesome, `echo-${aggregateId}`, 'Reject', {});
          return command(troublesome, `echo-${aggregateId}`, 'Work', { note });
        },
      },
    },
  });
}

const echoing = deployment(defineApp({ ...testApp, reactors: [echo()] }));
const fromBeginning = deployment(defineApp({ ...testApp, reactors: [echo('beginning')] }));
const silent = deployment(testApp);

async function work(id: string, ...notes: readonly string[]): Promise<string[]> {
  for (const note of notes) await send(`troublesome/${id}`, 'Work', { note });
  return keptMessages();
}

async function echoesOf(id: string): Promise<unknown[]> {
  const { body } = await get(`/v1/streams/troublesome/echo-${id}`);
  return (body.events as { data: { note: string } }[]).map(({ data }) => data.note);
}

describe('V1 a reaction is carried out once', () => {
  test('in stream order, with the event as its cause', async () => {
    const messages = await work('caused', 'a', 'b', 'c');
    expect(await echoing.deliver(messages.toReversed())).toBe(0);
    expect(await echoesOf('caused')).toEqual(['a', 'b', 'c']);
    const cause = (await get('/v1/streams/troublesome/caused')).body.events as { id: string }[];
    const effect = (await get('/v1/streams/troublesome/echo-caused')).body.events;
    expect(effect).toMatchObject([
      { metadata: { causationId: cause[0]?.id, actor: 'ledge:reactor/echo' } },
      { metadata: { causationId: cause[1]?.id } },
      { metadata: { causationId: cause[2]?.id } },
    ]);
  });

  test('though the messages come again, together and after D1 failed', async () => {
    const messages = await work('again', 'a', 'b');
    faults.beforeBatch = () => {
      throw new Error('D1_ERROR: Network connection lost.');
    };
    expect(await echoing.deliver(messages)).toBe(2);
    faults.beforeBatch = () => undefined;
    await Promise.all([echoing.deliver(messages), echoing.deliver(messages)]);
    await echoing.deliver(messages);
    expect(await echoesOf('again')).toEqual(['a', 'b']);
  });

  test('and a rejection is an answer', async () => {
    expect(await echoing.deliver(await work('rejected', 'reject', 'after'))).toBe(0);
    expect(await echoesOf('rejected')).toEqual(['after']);
  });
});

describe('V2 a reactor that cannot act', () => {
  test('falls out of step alone, and goes on by itself when it can', async () => {
    const messages = await work('late', 'a', 'nobody', 'c');
    await echoing.deliver(messages);
    expect(await echoesOf('late')).toEqual(['a']);
    const checkpoints =
      "SELECT projection, version FROM checkpoint WHERE stream = 'troublesome/late'";
    expect(await rowsOf(checkpoints)).toEqual([
      { projection: '', version: 3 },
      { projection: 'echo@1', version: 1 },
    ]);
    expect(await rowsOf('SELECT * FROM dead_letter')).toEqual([]);
    expect(faults.log).toContainEqual(expect.objectContaining({ operation: 'wait' }));

    const mended = deployment(
      defineApp({
        ...testApp,
        reactors: [
          { ...echo(), react: (event) => (event.version === 2 ? [] : echo().react(event)) },
        ],
      }),
    );
    await mended.post('/v1/sweep');
    expect(await echoesOf('late')).toEqual(['a', 'c']);
    expect(await rowsOf(checkpoints)).toEqual([{ projection: '', version: 3 }]);
  });

  test('is parked when that lasts, or when it throws', async () => {
    await echoing.deliver(await work('hopeless', 'nobody'));
    await echoing.deliver(await work('throws', 'unreactable', 'b'));
    faults.clockSkewMs = 16 * 60_000;
    await echoing.post('/v1/sweep');
    const { body } = await echoing.get('/v1/dead-letters?projection=echo');
    expect(body.deadLetters).toMatchObject([
      { stream: 'troublesome/hopeless', error: 'Error: Do is unknown.' },
      { stream: 'troublesome/throws', error: 'Error: no reaction to that' },
    ]);
    expect(await echoesOf('throws')).toEqual([]);
    expect((await echoing.get('/v1/projections/echo')).body).toMatchObject({ parked: 2 });
  });
});

describe('V3 where a reactor begins', () => {
  test('is where it is deployed, unless it says otherwise', async () => {
    await silent.deliver(await work('before', 'a', 'b'));
    await echoing.deliver(await work('before', 'c'));
    expect(await echoesOf('before')).toEqual(['c']);
  });

  test('may be the beginning: the journal, then the others', async () => {
    await silent.deliver(await work('all', 'a', 'b'));
    await fromBeginning.deliver(await work('all', 'c'));
    expect(await echoesOf('all')).toEqual([]);
    await fromBeginning.buildAll('echo');
    await fromBeginning.deliver(await work('all', 'd'));
    expect(await echoesOf('all')).toEqual(['a', 'b', 'c', 'd']);
  });

  test('and it acts neither while it is paused nor twice when it resumes', async () => {
    await echoing.deliver(await work('paused', 'a'));
    await echoing.post('/v1/projections/echo/pause');
    await echoing.deliver(await work('paused', 'b'));
    expect(await echoesOf('paused')).toEqual(['a']);
    await echoing.post('/v1/projections/echo/resume');
    await echoing.buildAll('echo');
    expect(await echoesOf('paused')).toEqual(['a', 'b']);
  });
});

test.each(['rebuild', 'verify', 'restart'])('V4 a %s never runs a reactor', async (operation) => {
  await echoing.deliver(await work(`rebuilt-${operation}`, 'a'));
  expect((await echoing.post(`/v1/projections/echo/${operation}`)).status).toBe(409);
  await echoing.post('/v1/projections/orders/rebuild');
  await echoing.buildAll('orders');
  expect(await echoesOf(`rebuilt-${operation}`)).toEqual(['a']);
});
