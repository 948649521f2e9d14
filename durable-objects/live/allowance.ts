/** So many at once, and so many a second after that: a token bucket. */
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
   * How long one more has to wait; undefined when that is longer than `withinMs`, and then it does not count. What has to
   * wait counts at once: the next one waits longer.
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
