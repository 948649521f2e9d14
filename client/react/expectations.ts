/** The expected states of aggregates after pending commands, from the sending component to those that show rows. */

/** An expected state that is not in the rows yet. */
export interface Expectation<Aggregate = string, State = unknown> {
  readonly aggregate: Aggregate;
  readonly id: string;
  readonly state: State;
}

/** The token of the accepted command; undefined if it was rejected or failed. */
export type CommandToken = Promise<string | undefined>;

type Listener = (expectation: Expectation, settled: CommandToken) => void;

export interface Expectations {
  announce(expectation: Expectation, settled: CommandToken): void;
  listen(listener: Listener): () => void;
}

export function newExpectations(): Expectations {
  const listeners = new Set<Listener>();
  return {
    announce: (expectation, settled) => {
      for (const listener of listeners) listener(expectation, settled);
    },
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
