/** The rows of a live query, with the expected effects of pending commands. Made by `useLiveQuery`. */
import type { LiveOptions, LiveQuery } from '../live/live-query.ts';
import type { LedgeProblem } from '../problem.ts';
import type { Expectation, Expectations } from './expectations.ts';
import { type Store, watchedStore } from './store.ts';

/** The rows of a live query, and what became of it. */
export interface LiveState<Row> {
  /** Undefined before the first result. */
  readonly rows: readonly Row[] | undefined;
  /** The expected effects of pending commands, the latest last. */
  readonly expected: readonly Expectation[];
  /** The problem since the last rows, if any. */
  readonly problem: LedgeProblem | undefined;
}

type Open<Row> = (onChange: (rows: readonly Row[]) => void, options: LiveOptions) => LiveQuery<Row>;

export function liveStore<Row>(expectations: Expectations, open: Open<Row>): Store<LiveState<Row>> {
  const nothingYet: LiveState<Row> = { rows: undefined, expected: [], problem: undefined };
  return watchedStore(nothingYet, (set) => {
    const live = open((rows) => set(({ expected }) => ({ rows, expected, problem: undefined })), {
      onProblem: (problem) => set((state) => ({ ...state, problem })),
    });
    const stopListening = expectations.listen(async (expectation, settled) => {
      set((state) => ({ ...state, expected: [...state.expected, expectation] }));
      const token = await settled;
      // A query that has ended is not updated.
      if (token !== undefined) await live.including(token).catch(() => undefined);
      set((state) => ({ ...state, expected: without(state.expected, expectation) }));
    });
    return () => {
      stopListening();
      live.close();
      set((state) => ({ ...state, expected: [] }));
    };
  });
}

function without(expected: readonly Expectation[], settled: Expectation): Expectation[] {
  return expected.filter((expectation) => expectation !== settled);
}
