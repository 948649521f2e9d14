/** Runs independent steps: a failed step is logged, and the next one still runs. */
import type { Log } from '../../core/failures/log-line.ts';

export class Steps {
  readonly #log: Log;
  readonly #failures: unknown[] = [];
  /** The names of the steps that failed. */
  readonly failed: string[] = [];

  constructor(log: Log) {
    this.#log = log;
  }

  /** The result of the step; undefined if it failed. */
  async run<Result>(step: string, work: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await work();
    } catch (error) {
      this.#log('error', { operation: 'upkeep', action: step, error });
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
