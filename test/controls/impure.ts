/** A domain whose functions mutate their input, which must not change stored data. */
import { integer, text } from 'drizzle-orm/sqlite-core';
import * as z from 'zod';
import { defineAggregate } from '../../core/aggregate/aggregate.ts';
import { accept, reject } from '../../core/aggregate/decision.ts';
import { event } from '../../core/aggregate/event.ts';
import { proceed } from '../../core/process/effect.ts';
import { defineReactor } from '../../core/process/reactor.ts';
import { defineSaga } from '../../core/process/saga.ts';
import { defineProjection } from '../../core/projection/define-projection.ts';
import { table } from '../../core/projection/table.ts';

export interface Basket {
  items: string[];
  label?: { text: string };
}

/** The ways in which a function changes its input. */
export const mutations = {
  sorts: ({ items }: Basket) => items.sort(),
  pops: ({ items }: Basket) => items.pop(),
  pushes: ({ items }: Basket) => items.push('pushed'),
  assigns: (basket: Basket) => Object.assign(basket, { items: ['assigned'] }),
  'assigns below': ({ label }: Basket) => label && Object.assign(label, { text: 'assigned' }),
  deletes: (basket: Basket) => delete basket.label,
} as const satisfies Record<string, (basket: Basket) => unknown>;

export type Mutate = (basket: Basket) => unknown;

const basket = z.strictObject({
  items: z.array(z.string()),
  label: z.strictObject({ text: z.string() }).exactOptional(),
});

interface Impurities {
  readonly upcast?: Mutate;
  readonly evolve?: Mutate;
  readonly decide?: Mutate;
  /** What `Refuse` and `Break` do to every filling of the state, before they decide nothing. */
  readonly state?: Mutate;
}

/** `Fill` decides its own data. A filling with the label `in place` grows the state that `evolve` is handed. */
export function impureBasket({ upcast, evolve, decide, state }: Impurities = {}) {
  const filled = event(basket);
  const spoil = ({ fillings }: { readonly fillings: Basket[] }) => {
    for (const filling of fillings) state?.(filling);
  };
  return defineAggregate({
    name: 'basket',
    events: {
      Filled: upcast
        ? filled.upcast(basket.extend({ items: z.array(z.string()).min(1) }), (v1) => {
            upcast(v1);
            return v1;
          })
        : filled,
    },
    commands: { Fill: basket, Refuse: z.strictObject({}), Break: z.strictObject({}) },
    initialState: (): { readonly fillings: Basket[] } => ({ fillings: [] }),
    snapshots: { every: 2, stateVersion: 1 },
    evolve: {
      Filled: (before, { data }) => {
        evolve?.(data);
        if (data.label?.text !== 'in place') return { fillings: [...before.fillings, data] };
        before.fillings.push(data);
        return before;
      },
    },
    decide: {
      Fill: (data) => {
        decide?.(data);
        return accept({ type: 'Filled', data });
      },
      Refuse: (_data, current) => {
        spoil(current);
        return reject('refused', { fillings: current.fillings.length });
      },
      Break: (_data, current) => {
        spoil(current);
        throw new Error('broken');
      },
    },
  });
}

/** The label names the function and its mutation: `evolve pops`. */
export function labelled(name: 'evolve' | 'decide' | 'state'): Mutate {
  return (data) => {
    const [who, ...how] = data.label?.text.split(' ') ?? [];
    const named = Object.entries(mutations).find(([mutation]) => mutation === how.join(' '));
    if (who === name) named?.[1](data);
  };
}

export function impureProjection(from: ReturnType<typeof impureBasket>, mutate?: Mutate) {
  const name = mutate ? 'impure' : 'neighbour';
  return defineProjection({
    name,
    version: 1,
    from: [from],
    tables: {
      [`${name}Baskets`]: table(
        { id: text().notNull(), items: text().notNull(), count: integer().notNull() },
        { key: ['id'] },
      ),
    },
    on: {
      basket: {
        Filled: ({ aggregateId: id, data }, tables) => {
          mutate?.(data);
          const set = { items: data.items.join(), count: data.items.length };
          return tables[`${name}Baskets`]?.upsert({ id }, { set }) ?? [];
        },
      },
    },
  });
}

export function impureReactor(from: ReturnType<typeof impureBasket>, mutate: Mutate) {
  return defineReactor({
    name: 'impure-reactor',
    from: [from],
    on: {
      basket: {
        Filled: ({ data }) => {
          mutate(data);
          return [];
        },
      },
    },
  });
}

/** Changes the event that starts it, or the state that a later event finds. */
export function impureSaga(
  from: ReturnType<typeof impureBasket>,
  { start, on }: { readonly start?: Mutate; readonly on?: Mutate },
) {
  return defineSaga({
    name: 'impure-saga',
    version: 1,
    from: [from],
    initialState: (): Basket => ({ items: [] }),
    correlate: { basket: { Filled: ({ aggregateId }) => aggregateId } },
    startedBy: {
      basket: {
        Filled: ({ data }) => {
          start?.(data);
          return proceed(data);
        },
      },
    },
    on: {
      basket: {
        Filled: (_event, state) => {
          on?.(state);
          return proceed(state);
        },
      },
    },
  });
}
