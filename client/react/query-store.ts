/** A query that runs while a component watches it, and again on `refresh`. Made by `useQuery`. */
import { asProblem, type LedgeProblem } from '../problem.ts';
import { type Store, watchedStore } from './store.ts';

/** The last answer of a query, and whether a new one is on its way. */
export interface QueryState<Answer> {
  /** Undefined before the first result; during a refresh, the last one. */
  readonly answer: Answer | undefined;
  readonly problem: LedgeProblem | undefined;
  readonly isLoading: boolean;
}

export interface QueryStore<Answer> extends Store<QueryState<Answer>> {
  /** Runs the query again if a component watches it. */
  refresh(): void;
}

export function queryStore<Answer>(
  ask: (signal: AbortSignal) => Promise<Answer>,
): QueryStore<Answer> {
  let refresh = () => {};
  const asking: QueryState<Answer> = { answer: undefined, problem: undefined, isLoading: true };
  const store = watchedStore(asking, (set) => {
    let asked = new AbortController();

    async function load(): Promise<void> {
      asked.abort();
      asked = new AbortController();
      const { signal } = asked;
      set((state) => ({ ...state, isLoading: true }));
      try {
        const answer = await ask(signal);
        if (!signal.aborted) set(() => ({ answer, problem: undefined, isLoading: false }));
      } catch (error) {
        if (signal.aborted) return;
        const problem = asProblem(error);
        set(({ answer }) => ({ answer, problem, isLoading: false }));
      }
    }

    refresh = () => void load();
    refresh();
    return () => {
      refresh = () => {};
      asked.abort();
      set((state) => ({ ...state, isLoading: false }));
    };
  });
  return { ...store, refresh: () => refresh() };
}
