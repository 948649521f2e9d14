/**
 * Writes an app of many aggregates and projections, with a client that uses all of them: what the compiler is
 * measured with. Half of the projections have two tables, as a grown app has.
 */

export interface AppSize {
  readonly aggregates: number;
  readonly projections: number;
}

/** The app's files by name; they import Ledge from `ledge`, a path without a slash at its end. */
export function appFiles({ aggregates, projections }: AppSize, ledge: string) {
  const files = new Map<string, string>();
  for (const index of numbers(aggregates)) files.set(`a${index}.ts`, aggregateFile(index, ledge));
  for (const index of numbers(projections)) {
    files.set(`p${index}.ts`, projectionFile(index, index % aggregates, ledge));
  }
  files.set('app.ts', appFile(aggregates, projections, ledge));
  files.set('client.ts', clientFile(aggregates, projections, ledge));
  return files;
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

function aggregateFile(index: number, ledge: string): string {
  return `import * as z from 'zod';
import { defineAggregate } from '${ledge}/core/aggregate/aggregate.ts';
import { accept, reject } from '${ledge}/core/aggregate/decision.ts';
import { event } from '${ledge}/core/aggregate/event.ts';

type State =
  | { readonly status: 'none' }
  | { readonly status: 'open'; readonly owner: string; readonly cents: number }
  | { readonly status: 'closed'; readonly reason: string };

const line = z.strictObject({ sku: z.string(), quantity: z.int(), cents: z.int() });

export const a${index} = defineAggregate({
  name: 'a${index}',
  events: {
    Opened${index}: event(z.strictObject({ owner: z.string(), kind: z.enum(['a', 'b', 'c']) })),
    Added${index}: event(z.strictObject({ cents: z.int(), lines: z.array(line) })),
    Noted${index}: event(z.strictObject({ note: z.string() })).upcast(
      z.strictObject({ note: z.string(), language: z.enum(['en', 'de']) }),
      (v1) => ({ ...v1, language: 'en' as const }),
    ),
    Closed${index}: event(z.strictObject({ reason: z.string() })),
  },
  commands: {
    Open${index}: z.strictObject({ owner: z.string(), kind: z.enum(['a', 'b', 'c']) }),
    Add${index}: z.strictObject({ cents: z.int(), lines: z.array(line) }),
    Note${index}: z.strictObject({ note: z.string() }),
    Close${index}: z.strictObject({ reason: z.string() }),
  },
  initialState: (): State => ({ status: 'none' }),
  evolve: {
    Opened${index}: (_state, { data }) => ({ status: 'open', owner: data.owner, cents: 0 }),
    Added${index}: (state, { data }) =>
      state.status === 'open' ? { ...state, cents: state.cents + data.cents } : state,
    Noted${index}: (state) => state,
    Closed${index}: (_state, { data }) => ({ status: 'closed', reason: data.reason }),
  },
  decide: {
    Open${index}: (data, state) =>
      state.status === 'none' ? accept({ type: 'Opened${index}', data }) : reject('already-open'),
    Add${index}: (data, state) => {
      if (state.status === 'none') return reject('not-open');
      if (state.status === 'closed') return reject('closed', { reason: state.reason });
      return accept({ type: 'Added${index}', data });
    },
    Note${index}: ({ note }) => accept({ type: 'Noted${index}', data: { note, language: 'en' } }),
    Close${index}: ({ reason }, state) => {
      if (state.status !== 'open') return reject('not-open');
      return accept({ type: 'Closed${index}', data: { reason } });
    },
  },
});
`;
}

function projectionFile(index: number, source: number, ledge: string): string {
  const hasTwo = index % 2 === 0;
  return `import { eq } from 'drizzle-orm';
import { integer, text } from 'drizzle-orm/sqlite-core';
import * as z from 'zod';
import { defineProjection } from '${ledge}/core/projection/define-projection.ts';
import { table } from '${ledge}/core/projection/table.ts';
import { a${source} } from './a${source}.ts';

export const p${index} = defineProjection({
  name: 'p${index}',
  version: 1,
  from: [a${source}],
  tables: {
    rows${index}: table(
      {
        id: text().notNull(),
        owner: text().notNull(),
        kind: text({ enum: ['a', 'b', 'c'] }).notNull(),
        cents: integer().notNull(),
        openedAt: text('opened_at').notNull(),
      },
      { key: ['id'], filters: ['owner', 'kind', 'cents'], sorts: ['openedAt', 'cents'] },
    ),${
      hasTwo
        ? `
    days${index}: table(
      { day: text().notNull(), cents: integer().notNull() },
      { key: ['day'], sorts: ['cents'] },
    ),`
        : ''
    }
  },${
    hasTwo
      ? `
  list: 'rows${index}',`
      : ''
  }
  on: {
    a${source}: {
      Opened${source}: ({ aggregateId, data, occurredAt }, { rows${index} }) =>
        rows${index}.insert({
          id: aggregateId,
          owner: data.owner,
          kind: data.kind,
          cents: 0,
          openedAt: occurredAt,
        }),
      Added${source}: ({ aggregateId, data${hasTwo ? ', occurredAt' : ''} }, { rows${index}${hasTwo ? `, days${index}` : ''} }) => [
        rows${index}.patch({ id: aggregateId }, { add: { cents: data.cents } }),${
          hasTwo
            ? `
        days${index}.upsert({ day: occurredAt }, { add: { cents: data.cents } }),`
            : ''
        }
      ],
      Closed${source}: ({ aggregateId }, { rows${index} }) => rows${index}.remove({ id: aggregateId }),
    },
  },
}).query('q${index}', z.strictObject({ owner: z.string() }), (db, { rows${index} }, { owner }) =>
  db
    .select({ id: rows${index}.id, cents: rows${index}.cents })
    .from(rows${index})
    .where(eq(rows${index}.owner, owner)),
);
`;
}

function appFile(aggregates: number, projections: number, ledge: string): string {
  const names = [
    ...numbers(aggregates).map((index) => `a${index}`),
    ...numbers(projections).map((index) => `p${index}`),
  ];
  const list = (letter: string) => names.filter((name) => name.startsWith(letter)).join(', ');
  return `import { defineApp } from '${ledge}/core/app.ts';
${names.map((name) => `import { ${name} } from './${name}.ts';`).join('\n')}

export const app = defineApp({
  aggregates: [${list('a')}],
  projections: [${list('p')}],
});
`;
}

/** One command, one list and one named query of each. */
function clientFile(aggregates: number, projections: number, ledge: string): string {
  const commands = numbers(aggregates).map(
    (
      index,
    ) => `  const o${index} = await client.a${index}('x').add${index}({ cents: 1, lines: [] });
  if (o${index}.outcome === 'rejected') reasons.push(o${index}.reason);`,
  );
  const queries = numbers(projections).map(
    (index) => `  const l${index} = await client.query('p${index}', { owner: 'x', sort: '-cents' });
  kinds.push(...l${index}.rows.map((row) => row.kind));
  const n${index} = await client.query('q${index}', { owner: 'x' });
  sums.push(...n${index}.rows.map((row) => row.cents));`,
  );
  return `import { createClient } from '${ledge}/client/index.ts';
import type { app } from './app.ts';

export const client = createClient<typeof app>({ url: 'http://localhost:8787' });

export async function use(): Promise<void> {
  const reasons: ('not-open' | 'closed')[] = [];
  const kinds: ('a' | 'b' | 'c')[] = [];
  const sums: number[] = [];
${[...commands, ...queries].join('\n')}
}
`;
}
