/** A token bucket: a burst, and then a number per second. */
export interface AllowanceSetting {
  readonly atOnce: number;
  readonly perSecond: number;
  readonly nowMs: () => number;
}

export class Allowance {
  readonly #setting: AllowanceSetting;
  #left: number;
  #countedAtMs: number;

  constructor(setting: AllowanceSetting) {
    this.#setting = setting;
    this.#left = setting.atOnce;
    this.#countedAtMs = setting.nowMs();
  }

  /**
   * The delay of one more; undefined, and not counted, if it exceeds `withinMs`. A delayed one is counted at once, so
   * that the next one waits longer.
   */
  reserve(withinMs: number): number | undefined {
    const { atOnce, perSecond, nowMs } = this.#setting;
    const now = nowMs();
    const grown = this.#left + ((now - this.#countedAtMs) / 1_000) * perSecond;
    this.#countedAtMs = now;
    this.#left = Math.min(grown, atOnce);
    const waitMs = Math.max((1 - this.#left) / perSecond, 0) * 1_000;
    if (waitMs > withinMs) return undefined;
    this.#left--;
    return waitMs;
  }
}
