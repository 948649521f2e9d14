/** What the results of one Live object take together: a bound, because all of them are in one memory. */
import { valueBytes } from '../../core/bytes.ts';

/** Ours. A result is in memory as rows, as the text of its snapshot and as its last changes: about three times this. */
const RESULTS_BYTES_MAX = 24_000_000;

export class ResultRoom {
  readonly #bytes = new Map<object, number>();
  #total = 0;

  /** Counts the result in the place of the owner's last one; false, and nothing changes, when it does not fit. */
  take(owner: object, result: unknown): boolean {
    const bytes = valueBytes(result);
    const total = this.#total - (this.#bytes.get(owner) ?? 0) + bytes;
    if (total > RESULTS_BYTES_MAX) return false;
    this.#bytes.set(owner, bytes);
    this.#total = total;
    return true;
  }

  release(owner: object): void {
    this.#total -= this.#bytes.get(owner) ?? 0;
    this.#bytes.delete(owner);
  }
}
