/** A law, and what it is about. */
import type { Aggregate } from '../../aggregate/aggregate.ts';
import type { App } from '../../app.ts';
import type { FastCheck } from './arbitrary-of.ts';
import type { Arbitraries } from './command-history.ts';

/** A test for any test runner. `check` throws the shortest history of commands that breaks the law. */
export interface Law {
  readonly name: string;
  readonly check: () => void;
}

/** One aggregate of an app, and what values are made with. */
export interface Subject {
  readonly app: App;
  readonly aggregate: Aggregate;
  readonly fastCheck: FastCheck;
  readonly arbitraries: Arbitraries;
}
