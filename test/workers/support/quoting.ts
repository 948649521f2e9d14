/** A domain whose every function throws with the data in its message, name and stack, as real code does by accident. */
import { text } from 'drizzle-orm/sqlite-core';
import * as z from 'zod';
import { defineAggregate } from '../../../core/aggregate/aggregate.ts';
import { accept, schedule } from '../../../core/aggregate/decision.ts';
import { event } from '../../../core/aggregate/event.ts';
import { defineReactor } from '../../../core/process/reactor.ts';
import { defineProjection } from '../../../core/projection/define-projection.ts';
import { table } from '../../../core/projection/table.ts';

const said = z.strictObject({ text: z.string(), part: z.string() });
type Said = z.infer<typeof said>;

/** Several lines, one of which looks like a frame; a name that is none. */
function quoted(text: string): Error {
  const error = new TypeError(
    `cannot take ${text}\n    at ${text} (${text}:1:1)\n    at ${text}:1:1`,
  );
  return Object.assign(error, { name: text });
}

function throwIn(part: string, { text, part: chosen }: Said): void {
  if (part === chosen) throw quoted(text);
}

export const quoting = defineAggregate({
  name: 'quoting',
  events: {
    Said: event(said).upcast(said, (data) => {
      throwIn('upcast', data);
      return data;
    }),
  },
  commands: { Say: said, SayLater: said.extend({ at: z.string() }), Fail: said },
  initialState: () => ({}),
  evolve: {
    Said: (state, { data }) => {
      throwIn('evolve', data);
      return state;
    },
  },
  decide: {
    Say: (data) => {
      throwIn('decide', data);
      return accept({ type: 'Said', data });
    },
    SayLater: ({ at, ...data }) =>
      accept().with(schedule(data.text, { at, command: 'Fail', data })),
    Fail: ({ text }) => {
      throw quoted(text);
    },
  },
});

export const quotes = defineProjection({
  name: 'quotes',
  version: 1,
  from: [quoting],
  tables: { quotes: table({ id: text().notNull(), said: text().notNull() }, { key: ['id'] }) },
  on: {
    quoting: {
      Said: ({ aggregateId: id, data }, { quotes }) => {
        throwIn('projection', data);
        return quotes.insert({ id, said: data.text });
      },
    },
  },
})
  .query('quotes-thrown', z.strictObject({ text: z.string() }), (_db, _tables, { text }) => {
    throw quoted(text);
  })
  .query(
    'quotes-checked',
    z.strictObject({
      text: z.string().transform((text): string => {
        throw quoted(text);
      }),
    }),
    (db, { quotes }) => db.select().from(quotes),
  );

export const repeating = defineReactor({
  name: 'repeating',
  from: [quoting],
  on: {
    quoting: {
      Said: ({ data }) => {
        throwIn('reactor', data);
        return [];
      },
    },
  },
});

/** What the user's migration would do. */
export const QUOTES_TABLE = `CREATE TABLE quotes_v1 (tenant TEXT NOT NULL, id TEXT NOT NULL, said TEXT NOT NULL,
  PRIMARY KEY (tenant, id)) WITHOUT ROWID`;
