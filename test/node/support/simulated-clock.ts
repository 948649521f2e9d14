/** A clock and timers for what is tested without real time. */

/** Time that passes only while all work waits for it. */
export class SimulatedClock {
  nowMs = 0;
  #timers: { atMs: number; ring: () => void }[] = [];

  readonly wait = (ms: number): Promise<void> =>
    new Promise((ring) => this.#timers.push({ atMs: this.nowMs + ms, ring }));

  async passTo(endMs: number): Promise<void> {
    await settled();
    for (let next = this.#next(endMs); next; next = this.#next(endMs)) {
      this.nowMs = next.atMs;
      next.ring();
      await settled();
    }
    this.nowMs = endMs;
  }

  #next(endMs: number) {
    const [next] = this.#timers.toSorted((one, other) => one.atMs - other.atMs);
    if (!next || next.atMs > endMs) return undefined;
    this.#timers = this.#timers.filter((timer) => timer !== next);
    return next;
  }

  get isIdle(): boolean {
    return this.#timers.length === 0;
  }
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
