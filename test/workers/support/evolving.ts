/**
 * An aggregate whose event has a second schema version, and everything that receives its events: each records the data.
 */
import { text } from 'drizzle-orm/sqlite-core';
import * as z from 'zod';
import { defineAggregate } from '../../../core/aggregate/aggregate.ts';
import { accept, reject } from '../../../core/aggregate/decision.ts';
import { event } from '../../../core/aggregate/event.ts';
import { proceed } from '../../../core/process/effect.ts';
import { command, defineReactor, type Reactor } from '../../../core/process/reactor.ts';
import { defineSaga } from '../../../core/process/saga.ts';
import { defineProjection } from '../../../core/projection/define-projection.ts';
import { table } from '../../../core/projection/table.ts';
import { keeper } from './keeper.ts';
import { troublesome } from './troublesome.ts';

const title = z.strictObject({ title: z.string() });

export const evolving = defineAggregate({
  name: 'evolving',
  events: {
    Named: event(z.strictObject({ name: z.string() })).upcast(title, ({ name }) => ({
      title: name,
    })),
  },
  commands: { Name: title, Note: z.strictObject({}) },
  initialState: (): { readonly named: readonly unknown[] } => ({ named: [] }),
  evolve: { Named: ({ named }, { data }) => ({ named: [...named, data] }) },
  decide: {
    Name: (data) => accept({ type: 'Named', data }),
    /** What `decide` sees of the events. */
    Note: (_data, { named }) => reject('noted', JSON.parse(JSON.stringify(named))),
  },
});

/** `poison` is parked until the code is fixed. */
export function titles(bug: 'buggy' | 'mended' = 'mended') {
  return defineProjection({
    name: 'titles',
    version: 1,
    from: [evolving],
    tables: {
      titles: table({ id: text().notNull(), data: text().notNull() }, { key: ['id'] }),
    },
    on: {
      evolving: {
        Named: ({ aggregateId: id, data }, { titles }) => {
          if (bug === 'buggy' && data.title === 'poison') throw new Error('cannot take poison');
          return titles.upsert({ id }, { set: { data: JSON.stringify(data) } });
        },
      },
    },
  });
}

/** Has a keeper keep the data that the event came with. */
export function naming(startsAt: Reactor['startsAt']) {
  return defineReactor({
    name: `naming-${startsAt}`,
    from: [evolving],
    startsAt,
    on: {
      evolving: {
        Named: ({ aggregateId, data }) =>
          command(keeper, `${startsAt}-${aggregateId}`, 'Keep', data),
      },
    },
  });
}

/** Begins with work; names that come earlier are kept until then. */
export const titling = defineSaga({
  name: 'titling',
  version: 1,
  from: [troublesome, evolving],
  initialState: (): { readonly named: readonly unknown[] } => ({ named: [] }),
  correlate: {
    troublesome: { Worked: ({ aggregateId }) => aggregateId },
    evolving: { Named: ({ aggregateId }) => aggregateId },
  },
  startedBy: { troublesome: { Worked: (_event, state) => proceed(state) } },
  on: {
    evolving: { Named: ({ data }, { named }) => proceed({ named: [...named, data] }) },
  },
});
