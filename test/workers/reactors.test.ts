/** A reactor: commands that follow from events, once each, in stream order, with any behaviour of the queue. */
import { beforeEach, describe, expect, test } from 'vitest';
import { defineApp } from '../../core/app.ts';
import { command, defineReactor, type Reactor } from '../../core/process/reactor.ts';
import { copying } from './support/copying.ts';
import { deployment } from './support/deployment.ts';
import { sagaApp, testApp } from './support/entry.ts';
import { faults } from './support/faults.ts';
import { env, get, keptMessages, rowsOf, send, useKeptQueue } from './support/harness.ts';
import { troublesome } from './support/troublesome.ts';

useKeptQueue();
beforeEach(async () => {
  const tables = ['journal_page', 'checkpoint', 'generation', 'serving_set', 'dead_letter'];
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
          if (aggregateId.startsWith('echo-')) return [];
          const own = { aggregate: 'troublesome', id: `echo-${aggregateId}`, command: 'Work' };
          if (note === 'nobody') return { aggregate: 'nobody', id: 'n', command: 'Do', data: {} };
          if (note === 'address') return { ...own, id: 'ann@example.org', data: {} };
          if (note === 'command') return { ...own, command: 'Nap', data: {} };
          if (note === 'data') return { ...own, data: { note: 7 } };
          if (note === 'large') {
            return { ...own, command: 'WorkMuch', data: { events: 1, noteLength: 300_000 } };
          }
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

/** Sends what can be sent, and other data than before. */
const mended = deployment(
  defineApp({
    ...testApp,
    reactors: [
      {
        ...echo(),
        react: (event) => {
          if (event.aggregateId.startsWith('echo-')) return [];
          const note = event.version === 1 ? 'mended' : 'b';
          return [command(troublesome, `echo-${event.aggregateId}`, 'Work', { note })];
        },
      },
    ],
  }),
);

/** The routing of a saga whose correlation returns an e-mail address as an id. */
const oddRouting: Reactor = {
  ...echo(),
  name: 'copying.routing',
  react: (event) => [
    { aggregate: 'copying', id: 'ann@example.org', command: 'Receive', data: { event } },
  ],
};

async function work(id: string, ...notes: readonly string[]): Promise<string[]> {
  for (const note of notes) await send(`troublesome/${id}`, 'Work', { note });
  return keptMessages();
}

async function echoesOf(id: string): Promise<unknown[]> {
  const { body } = await get(`/v1/streams/troublesome/echo-${id}`);
  return (body.events as { data: { note: string } }[]).map(({ data }) => data.note);
}

describe('V1 a reaction is executed once', () => {
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

/** The echo of a stream does not answer while it is unreachable. */
const unreachable = (id: string) =>
  deployment(defineApp({ ...testApp, reactors: [echo()] }), {
    unreachable: (name) => name === `main/troublesome/echo-${id}`,
  });

describe('V2 a reactor that cannot act', () => {
  test('lags alone, and catches up by itself', async () => {
    const messages = await work('late', 'a', 'b', 'c');
    await echoing.deliver(messages.slice(0, 1));
    await unreachable('late').deliver(messages);
    expect(await echoesOf('late')).toEqual(['a']);
    const checkpoints =
      "SELECT projection, version FROM checkpoint WHERE stream = 'troublesome/late'";
    expect(await rowsOf(checkpoints)).toEqual([
      { projection: '', version: 3 },
      { projection: 'echo@1', version: 1 },
    ]);
    expect(await rowsOf('SELECT * FROM dead_letter')).toEqual([]);
    expect(faults.log).toContainEqual(expect.objectContaining({ operation: 'wait' }));
    await echoing.post('/v1/sweep');
    expect(await echoesOf('late')).toEqual(['a', 'b', 'c']);
    expect(await rowsOf(checkpoints)).toEqual([{ projection: '', version: 3 }]);
  });

  test('is parked when that lasts, or when it throws', async () => {
    await unreachable('hopeless').deliver(await work('hopeless', 'a'));
    await echoing.deliver(await work('throws', 'unreactable', 'b'));
    faults.clockSkewMs = 16 * 60_000;
    await unreachable('hopeless').post('/v1/sweep');
    const { body } = await echoing.get('/v1/dead-letters?projection=echo');
    expect(body.deadLetters).toMatchObject([
      {
        stream: 'troublesome/hopeless',
        error: expect.stringContaining('Work of troublesome is unavailable'),
      },
      { stream: 'troublesome/throws', error: 'Error: no reaction to that' },
    ]);
    expect(await echoesOf('throws')).toEqual([]);
    expect((await echoing.get('/v1/projections/echo')).body).toMatchObject({ parked: 2 });
  });
});

const impossible = [
  ['address', 'DefiniteFailure: Work of troublesome is invalid: id: An id is 1 to 128 of'],
  ['nobody', 'DefiniteFailure: Do of nobody is unknown: There is no aggregate nobody.'],
  ['command', 'DefiniteFailure: Nap of troublesome is unknown: There is no troublesome command'],
  ['data', 'DefiniteFailure: Work of troublesome is invalid: /note:'],
  ['large', 'DefiniteFailure: WorkMuch of troublesome is too-large: The event Worked may take'],
] as const;

describe('V7 a reaction that no further attempt can execute', () => {
  test.each(impossible)('(%s) is parked at once, with the rule', async (note, error) => {
    const messages = await work(`definite-${note}`, note, 'b');
    expect(await echoing.deliver(messages)).toBe(0);
    const { body } = await echoing.get('/v1/dead-letters?projection=echo');
    expect(body.deadLetters).toMatchObject([
      { stream: `troublesome/definite-${note}`, version: 1, error: expect.stringContaining(error) },
    ]);
    expect(JSON.stringify(body)).not.toContain('ann@');
    const [letter] = body.deadLetters as { id: string }[];
    await mended.post(`/v1/dead-letters/${encodeURIComponent(letter?.id ?? '')}/redrive`);
    expect(await echoesOf(`definite-${note}`)).toEqual(['mended', 'b']);
  });

  test('V9 by a build, which continues if it was complete once, or stops with the reason', async () => {
    await echoing.deliver(await work('built', 'a'));
    await echoing.post('/v1/projections/echo/pause');
    await echoing.deliver(await work('built', 'address', 'b'));
    await echoing.deliver(await work('beside', 'a'));
    await echoing.post('/v1/projections/echo/resume');
    await echoing.buildAll('echo');
    const { body } = await echoing.get('/v1/dead-letters?projection=echo');
    expect(body.deadLetters).toMatchObject([{ stream: 'troublesome/built', version: 2 }]);
    expect(await echoesOf('beside')).toEqual(['a']);

    await fromBeginning.deliver(await work('begun', 'c'));
    await env.DB.prepare('DELETE FROM dead_letter').run();
    await env.DB.prepare('DELETE FROM generation').run();
    await fromBeginning.post('/v1/sweep');
    await fromBeginning.buildAll('echo');
    const stopped = await fromBeginning.get('/v1/projections/echo');
    expect(JSON.stringify(stopped.body)).toContain('Work of troublesome is invalid');
  });

  test('or correlates to an id that is none', async () => {
    const sagaWithOddIds = { ...copying, reactors: [oddRouting, ...copying.reactors.slice(1)] };
    const odd = deployment(defineApp({ ...sagaApp, reactors: [], sagas: [sagaWithOddIds] }));
    await odd.deliver(await work('odd', 'copy me'));
    const { body } = await odd.get('/v1/dead-letters');
    expect(body.deadLetters).toMatchObject([
      { error: expect.stringContaining('Receive of copying is invalid: id: An id is 1 to 128') },
    ]);
  });
});

test('W13 a reaction that is repeated with other data counts as executed', async () => {
  const messages = await work('changed', 'a');
  faults.beforeBatch = async () => {
    if ((await echoesOf('changed')).length > 0) throw new Error('D1_ERROR: Network lost.');
  };
  expect(await echoing.deliver(messages)).toBe(1);
  faults.beforeBatch = () => undefined;
  expect(await mended.deliver(messages)).toBe(0);
  expect(await echoesOf('changed')).toEqual(['a']);
  expect(await rowsOf('SELECT * FROM dead_letter')).toEqual([]);
});

describe('V3 where a reactor begins', () => {
  test('is at its deployment by default', async () => {
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
