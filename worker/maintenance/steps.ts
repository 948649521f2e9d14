/** Runs independent steps: a failed step is logged, and the next one still runs. */
import { errorText } from '../../core/failures/error-text.ts';
import type { Log } from '../runtime/log.ts';

export class Steps {
  readonly #log: Log;
  readonly #failures: unknown[] = [];

  constructor(log: Log) {
    this.#log = log;
  }

  /** The result of the step; undefined if it failed. */
  async run<Result>(step: string, work: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await work();
    } catch (error) {
      this.#log('error', { operation: 'upkeep', step, error: errorText(error) });
      this.#failures.push(error);
      return undefined;
    }
  }

  /** @throws the first failure: for the caller and the platform's own monitoring */
  end(): void {
    if (this.#failures.length > 0) throw this.#failures[0];
  }
}
