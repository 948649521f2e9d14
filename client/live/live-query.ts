/** A live query as its users see it: rows that are always a whole result, told of by call or by loop. */
import type { LiveRow } from '../../core/live-difference.ts';
import type { LedgeProblem } from '../problem.ts';
import type { Subscriptions, Wanted } from './subscriptions.ts';

export interface LiveOptions {
  /** Ends the live query when it is aborted. */
  readonly signal?: AbortSignal;
  /** What goes wrong: the query goes on when that may pass, and ends when it cannot. */
  readonly onProblem?: (problem: LedgeProblem) => void;
}

/**
 * A query that is answered again and again. As a loop it gives the newest rows whenever there are other ones; a slow
 * loop skips what was overtaken, and leaving it closes the query.
 */
export interface LiveQuery<Row> extends AsyncIterable<readonly Row[], void, undefined> {
  /** Undefined before the first answer; another array after every change. */
  readonly rows: readonly Row[] | undefined;
  /** When the rows include the command that this token came with. Rejects when they never will. */
  including(token: string): Promise<void>;
  close(): void;
}

interface Waiter {
  readonly done: () => void;
  readonly fail: (reason: unknown) => void;
}

export function liveQuery(
  subscriptions: Subscriptions,
  wanted: Wanted,
  tokens: readonly string[],
  onChange: (rows: readonly unknown[]) => void,
  { signal, onProblem }: LiveOptions,
): LiveQuery<unknown> {
  let rows: readonly unknown[] | undefined;
  let isClosed = false;
  let problem: LedgeProblem | undefined;
  /** Loops that wait for the next change. */
  const loops = new Set<() => void>();
  const waiters = new Map<string, Waiter[]>();

  const followed = subscriptions.follow(wanted, tokens, {
    rows: (live: readonly LiveRow[]) => {
      rows = live.map(({ row }) => row);
      wakeLoops();
      onChange(rows);
    },
    consistent: (token) => {
      for (const { done } of waiters.get(token) ?? []) done();
      waiters.delete(token);
    },
    refused: (token, said) => {
      for (const { fail } of waiters.get(token) ?? []) fail(said);
      waiters.delete(token);
      onProblem?.(said);
    },
    problem: (said) => onProblem?.(said),
    ended: (said) => {
      end(said);
      if (said) onProblem?.(said);
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

  async function* loop() {
    let shown: readonly unknown[] | undefined;
    try {
      while (!isClosed) {
        if (rows === undefined || rows === shown) {
          await new Promise<void>((wake) => loops.add(wake));
          continue;
        }
        shown = rows;
        yield rows;
      }
      if (problem) throw problem;
    } finally {
      close();
    }
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
