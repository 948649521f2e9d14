/** A small app that keeps every law, and the flaws by which it breaks one of them. */
import { integer, text } from 'drizzle-orm/sqlite-core';
import {
  accept,
  command,
  defineAggregate,
  defineApp,
  defineProjection,
  defineReactor,
  defineSaga,
  event,
  proceed,
  table,
} from 'ledge';
import * as z from 'zod';

interface Pile {
  label: string;
  stones: number[];
}

type Change = (given: { stones: number[] }) => unknown;

/** What a flawed function does beside its work; left out: nothing. */
export interface Flaws {
  readonly decided?: () => unknown;
  readonly decide?: Change;
  readonly decideState?: Change;
  readonly evolve?: Change;
  readonly evolveEvent?: Change;
  readonly state?: () => unknown;
  readonly project?: Change;
  readonly react?: Change;
  readonly start?: Change;
  readonly upcast?: Change;
  readonly lifted?: () => unknown;
}

const stones = z.strictObject({ stones: z.array(z.int().min(0)) });
const labelled = stones.extend({ label: z.string() });

export function pileApp(flaws: Flaws = {}) {
  const pile = defineAggregate({
    name: 'pile',
    events: {
      Piled: event(stones).upcast(labelled, (v1) => {
        flaws.upcast?.(v1);
        // A flaw lifts to what the compiler would not let through.
        return { ...v1, label: (flaws.lifted?.() ?? 'a') as string };
      }),
    },
    commands: { Pile: stones },
    initialState: (): Pile => ({ label: '', stones: [] }),
    evolve: {
      Piled: (state, { data }) => {
        flaws.evolve?.(state);
        flaws.evolveEvent?.(data);
        // A state that is no JSON compiles where its type is another.
        const label = (flaws.state?.() ?? data.label) as string;
        return { label, stones: [...state.stones, ...data.stones] };
      },
    },
    decide: {
      Pile: (data, state) => {
        flaws.decide?.(data);
        flaws.decideState?.(state);
        const label = (flaws.decided?.() ?? 'b') as string;
        return accept({ type: 'Piled', data: { stones: data.stones, label } });
      },
    },
  });
  return defineApp({
    aggregates: [pile],
    projections: [
      defineProjection({
        name: 'piles',
        version: 1,
        from: [pile],
        tables: {
          piles: table({ pile: text().notNull(), stones: integer().notNull() }, { key: ['pile'] }),
        },
        on: {
          pile: {
            Piled: ({ aggregateId, data }, { piles }) => {
              flaws.project?.(data);
              return piles.upsert({ pile: aggregateId }, { set: { stones: data.stones.length } });
            },
          },
        },
      }),
    ],
    reactors: [
      defineReactor({
        name: 'piling',
        from: [pile],
        on: {
          pile: {
            Piled: ({ aggregateId, data }) => {
              flaws.react?.(data);
              return data.stones.length > 2
                ? command(pile, aggregateId, 'Pile', { stones: [] })
                : [];
            },
          },
        },
      }),
    ],
    sagas: [
      defineSaga({
        name: 'watching',
        version: 1,
        from: [pile],
        initialState: () => ({ count: 0 }),
        correlate: { pile: { Piled: ({ aggregateId }) => aggregateId } },
        startedBy: {
          pile: {
            Piled: ({ data }, state) => {
              flaws.start?.(data);
              return proceed({ count: state.count + data.stones.length });
            },
          },
        },
        on: {},
      }),
    ],
  });
}
