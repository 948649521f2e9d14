/** Runs independent steps: a failed step is logged, and the next one still runs. */
import type { Log } from '../../core/failures/log-line.ts';

export class Steps {
  readonly #log: Log;
  readonly #database: string | undefined;
  readonly #failures: unknown[] = [];
  /** The names of the steps that failed. */
  readonly failed: string[] = [];

  /** `database`: the one that they are of; left out: of the whole deployment. */
  constructor(log: Log, database?: string) {
    this.#log = log;
    this.#database = database;
  }

  /** The result of the step; undefined if it failed. */
  async run<Result>(step: string, work: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await work();
    } catch (error) {
      const of = this.#database === undefined ? {} : { database: this.#database };
      this.#log('error', { operation: 'upkeep', action: step, ...of, error });
      this.#failures.push(error);
      this.failed.push(step);
      return undefined;
    }
  }

  /** @throws the first failure */
  end(): void {
    if (this.#failures.length > 0) throw this.#failures[0];
  }
}
