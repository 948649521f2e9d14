/** `useQuery` and `useLiveQuery`: a store per input, watched while the component is mounted. */
import { useMemo, useSyncExternalStore } from 'react';
import type { Page } from '../app-types.ts';
import type { ReadOptions } from '../own-writes.ts';
import { useLedge } from './context.ts';
import type { Expectation } from './expectations.ts';
import { type LiveState, liveStore } from './live-store.ts';
import { type QueryState, queryStore } from './query-store.ts';

type Input = Readonly<Record<string, unknown>>;

export function useQuery(
  name: string,
  input: Input = {},
  { consistentWith }: Pick<ReadOptions, 'consistentWith'> = {},
): QueryState<Page<unknown>> & { readonly refresh: () => void } {
  const { client } = useLedge();
  const asked = JSON.stringify([input, consistentWith]);
  const store = useMemo(() => {
    const [given, tokens] = JSON.parse(asked);
    const options = { ...(tokens !== undefined && tokens !== null && { consistentWith: tokens }) };
    return queryStore((signal) => client.query(name, given, { ...options, signal }));
  }, [client, name, asked]);
  const state = useSyncExternalStore(store.subscribe, store.get, store.get);
  return { ...state, refresh: store.refresh };
}

/** Options of one live query: how pending commands are shown in its rows. */
export interface LiveQueryOptions<Row, Expected = Expectation> {
  /** Returns the rows with the effect of one more pending command. Called for each of them, in order. */
  readonly optimistic?: (rows: readonly Row[], expected: Expected) => readonly Row[];
}

export function useLiveQuery(
  name: string,
  input: Input = {},
  { optimistic }: LiveQueryOptions<unknown> = {},
): LiveState<unknown> {
  const { client, expectations } = useLedge();
  const asked = JSON.stringify(input);
  const store = useMemo(
    () =>
      liveStore(expectations, (onChange, options) =>
        client.live(name, JSON.parse(asked), onChange, options),
      ),
    [client, expectations, name, asked],
  );
  const state = useSyncExternalStore(store.subscribe, store.get, store.get);
  const rows = useMemo(
    () => (optimistic && state.rows ? state.expected.reduce(optimistic, state.rows) : state.rows),
    [optimistic, state],
  );
  return { ...state, rows };
}
