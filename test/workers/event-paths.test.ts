/** Every path on which the data of a stored event reaches domain code or leaves the server, each with an old event. */
import { runInDurableObject } from 'cloudflare:test';
import { beforeAll, describe, expect, test } from 'vitest';
import { defineApp } from '../../core/app.ts';
import { given, givenReactor, givenSaga, project } from '../../core/testing/index.ts';
import { deployment } from './support/deployment.ts';
import { wholeApp } from './support/entry.ts';
import { evolving, naming, titles, titling } from './support/evolving.ts';
import {
  aggregateOf,
  evict,
  get,
  keptMessages,
  objectOf,
  rowsOf,
  send,
  useKeptQueue,
} from './support/harness.ts';

useKeptQueue();

const base = { ...wholeApp, reactors: [naming('now')], sagas: [titling] };
const app = deployment(defineApp({ ...base, projections: [titles()] }));
const buggy = deployment(defineApp({ ...base, projections: [titles('buggy')] }));
/** A reactor that begins at the beginning is built from the journal. */
const late = deployment(
  defineApp({
    ...base,
    projections: [titles()],
    reactors: [naming('now'), naming('beginning')],
  }),
);

const stream = (id: string) => `evolving/${id}`;
const lines = [{ aggregate: 'evolving', command: 'Name', data: { title: 'old' } }];

beforeAll(async () => {
  await rowsOf(`CREATE TABLE titles_v1 (tenant TEXT NOT NULL, id TEXT NOT NULL, data TEXT NOT NULL,
    PRIMARY KEY (tenant, id)) WITHOUT ROWID`);
});

/** A stream whose event an older release wrote, and the message that makes the consumer read it. */
async function oldEvent(id: string, name = 'old'): Promise<string> {
  await app.post('/v1/commands', [
    { ...lines[0], id, data: { title: name }, idempotencyKey: 'named' },
  ]);
  await runInDurableObject(objectOf(stream(id)), (_object, { storage }) => {
    storage.sql.exec('DROP TRIGGER event_is_never_changed');
    storage.sql.exec('UPDATE event SET schema_version = 1, data = ?', JSON.stringify({ name }));
  });
  await evict(stream(id));
  keptMessages();
  return JSON.stringify({ tenant: 'main', stream: stream(id), version: 1, events: [] });
}

async function delivered(id: string): Promise<void> {
  expect(await app.deliver([await oldEvent(id)])).toBe(0);
}

type Body = Record<string, unknown>;

const bodyOf = async (path: string): Promise<Body> => (await app.get(path)).body;

async function simulated(id: string): Promise<Body> {
  return (await app.post(`/v1/simulate/evolving/${id}`, { steps: [{ command: 'Note', data: {} }] }))
    .body;
}

async function kept(id: string): Promise<unknown> {
  const { state } = (await get(`/v1/aggregates/keeper/${id}`)).body as { state?: Body };
  return state?.kept;
}

async function sagaState(id: string): Promise<unknown> {
  const { state } = await aggregateOf(`titling/${id}`).currentState();
  return (state as { state: unknown }).state;
}

/** Newest first: what callers and handlers have to see of `{ name: 'old' }`. */
const NEWEST = { title: 'old' };
const lifted = { schemaVersion: 2, data: NEWEST };

const paths: Readonly<Record<string, (id: string) => Promise<void>>> = {
  'the stream': async (id) => {
    await oldEvent(id);
    expect((await bodyOf(`/v1/streams/evolving/${id}`)).events).toMatchObject([lifted]);
  },
  "the journal's feed": async (id) => {
    await delivered(id);
    const { events } = await bodyOf(`/v1/events?stream=${encodeURIComponent(stream(id))}`);
    expect(events).toMatchObject([lifted]);
  },
  'the state': async (id) => {
    await oldEvent(id);
    expect(await bodyOf(`/v1/aggregates/evolving/${id}`)).toMatchObject({
      state: { named: [NEWEST] },
    });
  },
  'the state at a version, and by what had occurred': async (id) => {
    await oldEvent(id);
    for (const moment of ['version=1', 'occurredAt=9000-01-01T00:00:00Z']) {
      expect(await bodyOf(`/v1/aggregates/evolving/${id}?${moment}`)).toMatchObject({
        state: { named: [NEWEST] },
      });
    }
  },
  'what decide sees': async (id) => {
    await oldEvent(id);
    expect((await send(`evolving/${id}`, 'Note')).body).toMatchObject({ status: 404 });
    const rejected = await app.post(`/v1/commands/evolving/${id}/Note`);
    expect(rejected.body).toMatchObject({ reason: 'noted', details: [NEWEST] });
  },
  'a simulation': async (id) => {
    await oldEvent(id);
    expect(await simulated(id)).toMatchObject({ steps: [{ details: [NEWEST] }] });
  },
  'E4 the outcome of a repeated command': async (id) => {
    await oldEvent(id);
    const line = { ...lines[0], id, idempotencyKey: 'named' };
    expect((await app.post('/v1/commands', [line])).body).toMatchObject({
      replayed: true,
      events: [lifted],
    });
  },
  'a projection': async (id) => {
    await delivered(id);
    const { data } = await bodyOf(`/v1/queries/titles/${id}`);
    expect(JSON.parse(String(data))).toEqual(NEWEST);
  },
  'a rebuilt projection': async (id) => {
    await delivered(id);
    await rowsOf("UPDATE titles_v1 SET data = 'wrong'");
    expect((await app.post('/v1/projections/titles/rebuild')).status).toBe(200);
    await app.buildAll('titles');
    const { data } = await bodyOf(`/v1/queries/titles/${id}`);
    expect(JSON.parse(String(data))).toEqual(NEWEST);
  },
  'a dead letter, and its redrive': async (id) => {
    await buggy.deliver([await oldEvent(id, 'poison')]);
    const { deadLetters } = await bodyOf(`/v1/dead-letters?stream=evolving/${id}`);
    const [letter] = deadLetters as { id: string }[];
    const path = `/v1/dead-letters/${encodeURIComponent(letter?.id ?? '')}`;
    const newest = { schemaVersion: 2, data: { title: 'poison' } };
    expect(await bodyOf(path)).toMatchObject({ upcast: newest });
    await app.post(`${path}/redrive`);
    expect(JSON.parse(String((await bodyOf(`/v1/queries/titles/${id}`)).data))).toEqual({
      title: 'poison',
    });
  },
  'a reactor': async (id) => {
    await delivered(id);
    expect(await kept(`now-${id}`)).toEqual([NEWEST]);
  },
  'a reactor that is built from the journal': async (id) => {
    await delivered(id);
    await late.deliver([await oldEvent(`${id}-after`)]);
    await late.buildAll('naming-beginning');
    expect(await kept(`beginning-${id}`)).toEqual([NEWEST]);
  },
  'a saga that runs': async (id) => {
    await send(`troublesome/${id}`, 'Work', { note: 'start' });
    expect(await app.deliver(keptMessages())).toBe(0);
    await delivered(id);
    expect(await sagaState(id)).toEqual({ named: [NEWEST] });
  },
  'E5 a saga that kept the event until its start': async (id) => {
    await delivered(id);
    await runInDurableObject(objectOf(`titling/${id}`), (_object, { storage }) => {
      storage.sql.exec('DROP TRIGGER event_is_never_changed');
      storage.sql.exec(`UPDATE event SET data =
        json_set(data, '$.event.schemaVersion', 1, '$.event.data', json('{"name":"old"}'))`);
    });
    await evict(`titling/${id}`);
    await send(`troublesome/${id}`, 'Work', { note: 'start' });
    expect(await app.deliver(keptMessages().filter((text) => text.includes('troublesome')))).toBe(
      0,
    );
    expect(await sagaState(id)).toEqual({ named: [NEWEST] });
  },
};

describe('E6 an event of an older release is lifted on', () => {
  test.each(Object.keys(paths))('%s', async (path) => {
    await paths[path]?.(path.replaceAll(/[^a-zA-Z]+/g, '-'));
  });

  test('every path of the kit', () => {
    const old = { type: 'Named', schemaVersion: 1, data: { name: 'old' } } as const;
    const received = { aggregate: evolving, id: 'e-1', ...old };
    given(evolving, [old]).thenState({ named: [NEWEST] });
    given(evolving, [old]).when('Note', {}).thenRejected('noted', [NEWEST]);
    expect(project(titles(), [received]).titles).toMatchObject([{ data: JSON.stringify(NEWEST) }]);
    const keep = { aggregate: 'keeper', id: 'now-e-1', command: 'Keep', data: NEWEST };
    givenReactor(naming('now')).whenEvent(received).thenSends(keep);
    const saga = givenSaga(titling, 'e-1').whenEvent(received);
    expect(saga.instance.kept).toMatchObject([{ data: NEWEST }]);
  });
});
