/** The watches of this object that are registered in D1, one per projection. Ensured before every run of a group. */
import type { Watch } from '../../core/live/watch.ts';

export interface WatchStore {
  readonly watch: (projection: string, registration: string) => Promise<unknown>;
  readonly forget: (watch: Watch) => Promise<unknown>;
  readonly newId: () => string;
}

export class Watches {
  readonly #store: WatchStore;
  readonly #begun = new Map<string, Promise<unknown>>();

  constructor(store: WatchStore) {
    this.#store = store;
  }

  /** Resolves when the watch is in D1: a read after that misses no change. */
  async ensure(projection: string): Promise<void> {
    const begun = this.#begun.get(projection) ?? this.#begin(projection);
    await begun;
  }

  #begin(projection: string): Promise<unknown> {
    const begun = this.#store.watch(projection, this.#store.newId());
    this.#begun.set(projection, begun);
    begun.catch(() => this.#begun.delete(projection));
    return begun;
  }

  /**
   * Unregisters the watch after the last subscription. A later subscription registers a new watch, which this call
   * cannot remove.
   */
  async forget(watch: Watch): Promise<void> {
    this.#begun.delete(watch.projection);
    await this.#store.forget(watch);
  }
}
