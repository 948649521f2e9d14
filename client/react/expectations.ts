/** From those who send commands to those who show rows: what a command will most likely have made of its aggregate. */

/** A state that is not in the rows yet. */
export interface Expectation<Aggregate = string, State = unknown> {
  readonly aggregate: Aggregate;
  readonly id: string;
  readonly state: State;
}

/** The token of the accepted command; undefined when there is none to wait for: it was refused, or failed. */
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
