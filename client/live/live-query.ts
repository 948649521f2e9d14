/** The public form of a live query: rows that are always a whole result, delivered to a callback or to a loop. */
import type { LiveRow } from '../../core/live/live-difference.ts';
import { guarded } from '../guarded.ts';
import type { LedgeProblem } from '../problem.ts';
import type { SubscriptionListener } from './subscription.ts';
import type { SubscriptionHandle } from './subscriptions.ts';

/** Options of one live query. */
export interface LiveOptions {
  /** Ends the live query when it is aborted. */
  readonly signal?: AbortSignal;
  /** Called with problems: after a transient one the query continues, after any other it ends. */
  readonly onProblem?: (problem: LedgeProblem) => void;
}

/**
 * A query whose result is updated. As a loop it yields the newest rows after each change; a slow loop skips
 * intermediate results, and leaving it closes the query.
 */
export interface LiveQuery<Row> extends AsyncIterable<readonly Row[], void, undefined> {
  /** Undefined before the first result; a new array after each change. */
  readonly rows: readonly Row[] | undefined;
  /** Resolves when the rows include the command with this token. Rejects when they never will. */
  including(token: string): Promise<void>;
  close(): void;
}

interface Waiter {
  readonly done: () => void;
  readonly fail: (reason: unknown) => void;
}

export function liveQuery(
  follow: (follower: SubscriptionListener) => SubscriptionHandle,
  onChange: (rows: readonly unknown[]) => void,
  { signal, onProblem = () => {} }: LiveOptions,
): LiveQuery<unknown> {
  const [changed, troubled] = [guarded(onChange), guarded(onProblem)];
  let rows: readonly unknown[] | undefined;
  let isClosed = false;
  let problem: LedgeProblem | undefined;
  /** Loops that wait for the next change. */
  const loops = new Set<() => void>();
  const waiters = new Map<string, Waiter[]>();

  const followed = follow({
    rows: (live: readonly LiveRow[]) => {
      if (isClosed) return;
      rows = live.map(({ row }) => row);
      wakeLoops();
      changed(rows);
    },
    consistent: (token) => {
      for (const { done } of waiters.get(token) ?? []) done();
      waiters.delete(token);
    },
    refused: (token, said) => {
      for (const { fail } of waiters.get(token) ?? []) fail(said);
      waiters.delete(token);
      troubled(said);
    },
    problem: troubled,
    ended: (said) => {
      if (isClosed) return;
      end(said);
      if (said) troubled(said);
    },
  });

  function end(reason?: LedgeProblem): void {
    isClosed = true;
    problem = reason;
    signal?.removeEventListener('abort', close);
    for (const { fail } of [...waiters.values()].flat()) fail(reason ?? new Error('Closed.'));
    waiters.clear();
    wakeLoops();
  }

  function close(): void {
    if (isClosed) return;
    followed.end();
    end();
  }

  function wakeLoops(): void {
    for (const wake of loops) wake();
    loops.clear();
  }

  /** Not a generator, whose `return` would wait for the pending `next`. */
  function loop(): AsyncIterator<readonly unknown[], void, undefined> {
    let shown: readonly unknown[] | undefined;
    return {
      next: async () => {
        while (!isClosed && (rows === undefined || rows === shown)) {
          await new Promise<void>((wake) => loops.add(wake));
        }
        if (isClosed && problem) throw problem;
        if (isClosed || rows === undefined) return { done: true, value: undefined };
        shown = rows;
        return { done: false, value: rows };
      },
      return: async () => {
        close();
        return { done: true, value: undefined };
      },
    };
  }

  function including(token: string): Promise<void> {
    if (isClosed) return Promise.reject(problem ?? new Error('Closed.'));
    const included = new Promise<void>((done, fail) => {
      waiters.set(token, [...(waiters.get(token) ?? []), { done, fail }]);
    });
    followed.include([token]);
    return included;
  }

  if (signal?.aborted) close();
  else signal?.addEventListener('abort', close);

  return {
    get rows() {
      return rows;
    },
    including,
    close,
    [Symbol.asyncIterator]: loop,
  };
}
