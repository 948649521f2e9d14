/** Which projections this object has told D1 that it follows. Asked before every run of every group. */
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

  /** Resolves when D1 knows: what is read after that misses nothing. */
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

  /** After the last subscription here. The next one begins a watch of its own, which this cannot end. */
  async forget(watch: Watch): Promise<void> {
    this.#begun.delete(watch.projection);
    await this.#store.forget(watch);
  }
}
