/** The state that clients share: the streams, and the last answered version of each. */
import { oneOf, type Random } from './random.ts';

const RECENT_MAX = 40;

export class Board {
  readonly #recent: string[] = [];
  readonly #versions = new Map<string, number>();
  /** Web orders, which are fulfilled and paid later. */
  readonly webOrders: string[] = [];

  accepted(stream: string, version: number): void {
    this.#versions.set(stream, Math.max(version, this.versionOf(stream)));
    this.#recent.push(stream);
    if (this.#recent.length > RECENT_MAX) this.#recent.shift();
  }

  versionOf(stream: string): number {
    return this.#versions.get(stream) ?? 0;
  }

  someStream(random: Random): string {
    return oneOf(random, this.#recent) ?? 'product/p-0';
  }

  tokenOf(stream: string): string {
    return `${stream}@${this.versionOf(stream)}`;
  }
}
