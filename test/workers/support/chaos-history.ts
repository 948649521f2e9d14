/** Histories for a chaos world, as fast-check makes them up: what happens, at the same time as what, and what goes wrong. */
import fc from 'fast-check';
import { type Action, type Code, codes, commands } from './chaos-world.ts';
import { faults } from './faults.ts';

/** Things that happen at the same time. */
export interface Moment {
  /** A deployment that comes first. For a while both it and the one before it are at work. */
  readonly deploys: Code | undefined;
  readonly actions: readonly (Action & { readonly by: 'newest' | 'older' })[];
  readonly trouble: Trouble | undefined;
  /** Milliseconds that one trip to D1 after the other takes longer, again and again from the first. */
  readonly delays: readonly number[];
}

/** The trip to D1 that fails: before it is made, or when it has done its work and its answer is lost. */
export interface Trouble {
  readonly trip: number;
  readonly when: 'before' | 'after';
  /** Whether all the later ones of the moment fail as well. */
  readonly lasts: boolean;
}

const picks = fc.array(fc.nat({ max: 30 }), { minLength: 1, maxLength: 12, size: 'max' });
const command = fc.constantFrom(...commands);

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('send' as const),
      commands: fc.array(command, { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('deliver' as const),
      picks,
      forgetsAcks: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lose' as const), picks }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('ask' as const), which: fc.nat({ max: 3 }) }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('build' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('redrive', 'sweep', 'bury') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('pause', 'resume', 'resume', 'look') }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom('rebuild', 'restart', 'cancel', 'verify', 'roll back'),
    }),
  },
);

const by = sometimes(30, fc.constant('older' as const)).map((older) => older ?? 'newest');

const trouble = fc.record({
  trip: fc.integer({ min: 1, max: 12 }),
  when: fc.constantFrom('before' as const, 'after' as const),
  lasts: sometimes(20, fc.constant(true)).map((lasts) => lasts ?? false),
});

const moment: fc.Arbitrary<Moment> = fc.record({
  deploys: sometimes(20, fc.constantFrom(...(Object.keys(codes) as Code[]))),
  actions: fc.array(
    fc.tuple(action, by).map(([one, who]) => ({ ...one, by: who })),
    { minLength: 1, maxLength: 4, size: 'max' },
  ),
  trouble: sometimes(40, trouble),
  delays: fc.array(fc.nat({ max: 4 }), { minLength: 1, maxLength: 6 }),
});

export const history = fc.record({
  moments: fc.array(moment, { minLength: 5, maxLength: 20, size: 'max' }),
  ends: fc.constantFrom('second' as const, 'second alone' as const),
});

function sometimes<Value>(
  percent: number,
  arbitrary: fc.Arbitrary<Value>,
): fc.Arbitrary<Value | undefined> {
  return fc.oneof(
    { weight: 100 - percent, arbitrary: fc.constant(undefined) },
    { weight: percent, arbitrary },
  );
}

/** Answers whether it has struck. */
export function cause(
  { trip, when, lasts }: Trouble,
  delays: readonly number[] = [],
): () => boolean {
  let trips = 0;
  const fail = () => {
    trips++;
    if (trips === trip || (lasts && trips > trip)) throw new Error(LOST);
  };
  slowDown(delays, when === 'before' ? fail : () => undefined);
  if (when === 'after') faults.afterTrip = fail;
  return () => trips >= trip;
}

export function slowDown(delays: readonly number[], then: () => void = () => undefined): void {
  let trips = 0;
  faults.beforeTrip = async () => {
    const delayMs = delays[trips++ % delays.length] ?? 0;
    if (delayMs > 0) await scheduler.wait(delayMs);
    then();
  };
}

const LOST = 'D1_ERROR: Network connection lost.';

export function recover(): void {
  faults.beforeTrip = () => undefined;
  faults.afterTrip = () => undefined;
}
