/** Wakes the calls that wait until a group may have messages for them. */

export class News {
  #number = 0;
  readonly #waiting = new Set<() => void>();

  /** Of the newest change: a call that has seen it waits for the next one. */
  get number(): number {
    return this.#number;
  }

  get isAwaited(): boolean {
    return this.#waiting.size > 0;
  }

  changed(): void {
    this.#number++;
    for (const wake of [...this.#waiting]) wake();
  }

  /** Until there is a change after `seen`, or the time has passed. */
  async after(seen: number, waitMs: number): Promise<void> {
    if (this.#number !== seen) return;
    await new Promise<void>((resolve) => {
      const wake = () => {
        // A running timer keeps an object in memory, which is billed.
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, waitMs);
      this.#waiting.add(wake);
    });
  }
}
