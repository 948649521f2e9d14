/** Any value that a function of the domain returns or throws affects its own event alone. */

import { integer, text } from 'drizzle-orm/sqlite-core';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { defineAggregate } from '../../core/aggregate/aggregate.ts';
import { accept } from '../../core/aggregate/decision.ts';
import { event } from '../../core/aggregate/event.ts';
import { type App, defineApp } from '../../core/app.ts';
import { complete, proceed } from '../../core/process/effect.ts';
import { defineReactor } from '../../core/process/reactor.ts';
import { defineSaga } from '../../core/process/saga.ts';
import { defineProjection } from '../../core/projection/define-projection.ts';
import { table } from '../../core/projection/table.ts';
import { anything, asked } from './support/anything.ts';
import { deployment } from './support/deployment.ts';
import { testApp } from './support/entry.ts';
import { env, keptMessages, rowsOf, send, useKeptQueue } from './support/harness.ts';
import { troublesome } from './support/troublesome.ts';
import { createWorks, works } from './support/works.ts';

useKeptQueue();
beforeAll(() => createWorks(1));
beforeEach(async () => {
  const tables = [
    'journal_page',
    'checkpoint',
    'generation',
    'serving_set',
    'dead_letter',
    'works_v1',
  ];
  await env.DB.batch(tables.map((name) => env.DB.prepare(`DELETE FROM ${name}`)));
});

let runs = 0;

interface Story {
  /** Streams by the result that their event asks for. */
  readonly odd: ReadonlyMap<string, string>;
  readonly good: readonly string[];
}

/** An event for every result, valid ones among them, all delivered as one batch. */
async function deliverTo(deployed: ReturnType<typeof deployment>): Promise<Story> {
  const run = ++runs;
  const odd = new Map(asked.map((note, index) => [`troublesome/odd-${run}-${index}`, note]));
  const good = [1, 2, 3].map((number) => `troublesome/good-${run}-${number}`);
  for (const [stream, note] of odd) await send(stream as 'troublesome/x', 'Work', { note });
  for (const stream of good) await send(stream as 'troublesome/x', 'Work', { note: 'fine' });
  await deployed.deliver([]);
  expect(await deployed.deliver(keptMessages())).toBe(0);
  return { odd, good };
}

async function journalled(streams: Iterable<string>): Promise<number> {
  const names = JSON.stringify([...streams]);
  const rows = await rowsOf(
    'SELECT 1 FROM journal WHERE stream IN (SELECT value FROM json_each(?))',
    names,
  );
  return rows.length;
}

async function parkedFor(generation: string): Promise<string[]> {
  const rows = await rowsOf<{ stream: string }>(
    "SELECT stream FROM dead_letter WHERE generation = ? AND status = 'parked' ORDER BY stream",
    generation,
  );
  return rows.map(({ stream }) => stream);
}

/** Streams whose event asks for a valid result of this function. */
function withoutHarm({ odd }: Story, proper: readonly string[]): string[] {
  return [...odd].flatMap(([stream, note]) => (proper.includes(note) ? [] : [stream])).sort();
}

function appOf(more: Partial<App>): App {
  return defineApp({ ...testApp, ...more });
}

describe('K10 what a projection’s handler returns or throws', () => {
  const odd = defineProjection({
    name: 'odd',
    version: 1,
    from: [troublesome],
    tables: {
      odd: table({ id: text().notNull(), notes: integer().notNull() }, { key: ['id'] }),
    },
    on: {
      troublesome: {
        Worked: ({ aggregateId: id, data: { note } }, { odd }) =>
          anything(note, () => odd.upsert({ id }, { add: { notes: 1 } })),
      },
    },
  });

  test('is parked for it alone; journal, neighbours and another projection have everything', async () => {
    await rowsOf(`CREATE TABLE odd_v1 (tenant TEXT NOT NULL, id TEXT NOT NULL, notes INTEGER NOT NULL,
      PRIMARY KEY (tenant, id)) WITHOUT ROWID`);
    const deployed = deployment(appOf({ projections: [odd, works(1)] }));
    const story = await deliverTo(deployed);
    expect(await journalled(story.odd.keys())).toBe(asked.length);
    expect(await rowsOf('SELECT id FROM odd_v1')).toHaveLength(story.good.length);
    expect(await rowsOf('SELECT id FROM works_v1')).toHaveLength(asked.length + story.good.length);
    expect(await parkedFor('odd@1')).toEqual(withoutHarm(story, []));
    const { status, body } = await deployed.get('/v1/dead-letters?limit=100');
    expect(status).toBe(200);
    expect(body.deadLetters).toHaveLength(asked.length);
  });
});

describe('K10 what a reactor returns or throws', () => {
  const odd = defineReactor({
    name: 'odd-reactor',
    from: [troublesome],
    on: { troublesome: { Worked: ({ data: { note } }) => anything(note, () => []) } },
  });

  test('is parked for it alone; journal, neighbours and projections have everything', async () => {
    const deployed = deployment(appOf({ projections: [works(1)], reactors: [odd] }));
    const story = await deliverTo(deployed);
    expect(await journalled(story.odd.keys())).toBe(asked.length);
    expect(await rowsOf('SELECT id FROM works_v1')).toHaveLength(asked.length + story.good.length);
    expect(await parkedFor('odd-reactor@1')).toEqual(withoutHarm(story, []));
  });
});

describe('K10 what a saga returns or throws', () => {
  const sagaOf = (name: string, part: 'correlate' | 'startedBy') =>
    defineSaga({
      name,
      version: 1,
      from: [troublesome],
      initialState: () => ({}),
      correlate: {
        troublesome: {
          Worked: ({ aggregateId, data: { note } }) =>
            part === 'correlate' ? anything(note, () => aggregateId) : aggregateId,
        },
      },
      startedBy: {
        troublesome: {
          Worked: ({ data: { note } }, state) =>
            part === 'startedBy'
              ? anything(note, () => proceed(state, complete()))
              : proceed(state, complete()),
        },
      },
    });

  test.each(['correlate', 'startedBy'] as const)(
    'from %s is parked or waits for it alone; journal, neighbours and projections have everything',
    async (part) => {
      const deployed = deployment(
        appOf({ projections: [works(1)], sagas: [sagaOf(`odd-${part.toLowerCase()}`, part)] }),
      );
      const story = await deliverTo(deployed);
      expect(await journalled(story.odd.keys())).toBe(asked.length);
      expect(await rowsOf('SELECT id FROM works_v1')).toHaveLength(
        asked.length + story.good.length,
      );
    },
  );
});

describe('K10 what an upcaster returns or throws', () => {
  const lifted = defineAggregate({
    ...troublesome,
    events: {
      ...troublesome.events,
      Worked: event(z.strictObject({ note: z.string() })).upcast(
        z.strictObject({ note: z.string() }),
        (v1) => anything(v1.note, () => v1),
      ),
    },
    decide: { ...troublesome.decide, Work: (data) => accept({ type: 'Worked', data }) },
  });

  test('holds back no other stream, and the journal has everything', async () => {
    const projection = defineProjection({
      name: 'works',
      version: 1,
      from: [lifted],
      tables: { works: worksTable },
      on: {
        troublesome: {
          Worked: ({ aggregateId: id, data: { note } }, { works }) =>
            works.upsert({ id }, { add: { notes: 1 }, set: { last: note } }),
        },
      },
    });
    const aggregates = testApp.aggregates.map((one) => (one.name === 'troublesome' ? lifted : one));
    const deployed = deployment(appOf({ aggregates, projections: [projection] }));
    const story = await deliverTo(deployed);
    expect(await journalled([...story.odd.keys(), ...story.good])).toBe(
      asked.length + story.good.length,
    );
    const served = await rowsOf<{ id: string }>('SELECT id FROM works_v1');
    expect(served.map(({ id }) => `troublesome/${id}`)).toEqual(
      expect.arrayContaining([...story.good]),
    );
    const feed = await deployed.get('/v1/events?limit=1000');
    expect(feed.body.events).toHaveLength(asked.length + story.good.length);
  });
});

const worksTable = table(
  { id: text().notNull(), notes: integer().notNull(), last: text().notNull() },
  { key: ['id'] },
);
