/**
 * Reads of like cost, in waves: those that are due at the same time are one D1 batch. A wave takes the place of ten
 * times its time at D1, so that a lane uses a tenth of D1's time.
 */
import { type Turn, type TurnOwner, Turns } from './turns.ts';

/** Our limits on a wave: 24 of the smallest reads, and ten of one subscriber. See `weightOf`. */
export const WAVE_WEIGHT_MAX = 120;
const WAVE_WEIGHT_OF_ONE_MAX = 50;

/** The time of a lane that a millisecond of D1 takes. */
export const LANE_MS_PER_D1_MS = 10;

/** The time that an idle lane saves: a change after a quiet time is read at once. */
const SAVED_MS = 1_000;

/** A wave that takes longer, or hangs, delays the next one no longer than this. */
const PATIENCE_MS = 1_000;

export interface LaneSetting<Query, Result> {
  readonly nowMs: () => number;
  readonly wait: (ms: number) => Promise<unknown>;
  /** Resolves to the result of each query, in their order. */
  readonly readAll: (queries: readonly Query[]) => Promise<readonly Result[]>;
}

/** Adds a query to the wave that is about to be sent. */
export type JoinWave<Query, Result> = (query: Query) => Promise<Result>;

interface Member<Query, Result> extends PromiseWithResolvers<Result> {
  readonly query: Query;
}

export class ReadLane<Query, Result> {
  readonly #setting: LaneSetting<Query, Result>;
  readonly #turns: Turns;
  #members: Member<Query, Result>[] = [];
  #underWay: Promise<unknown> | undefined;
  #opensAtMs = Number.NEGATIVE_INFINITY;
  #isOpening = false;

  constructor(setting: LaneSetting<Query, Result>) {
    this.#setting = setting;
    const { nowMs, wait } = setting;
    const whenOpen = (start: () => void) => void this.#open(start);
    const weights = { weightMax: WAVE_WEIGHT_MAX, weightOfOneMax: WAVE_WEIGHT_OF_ONE_MAX };
    this.#turns = new Turns({ ...weights, nowMs, wait, whenOpen });
  }

  /** `work` joins a wave once, synchronously. */
  take(
    subscribers: Iterable<TurnOwner>,
    weight: number,
    work: (join: JoinWave<Query, Result>) => Promise<number | undefined>,
  ): Turn {
    return this.#turns.take(subscribers, () => work((query) => this.#join(query)), weight);
  }

  /** For a read of the wave that began at this time. */
  charge(beganMs: number, d1Ms: number): void {
    this.#opensAtMs = Math.max(this.#opensAtMs, beganMs - SAVED_MS) + LANE_MS_PER_D1_MS * d1Ms;
  }

  #join(query: Query): Promise<Result> {
    const member = { query, ...Promise.withResolvers<Result>() };
    this.#members.push(member);
    return member.promise;
  }

  /** At least one timer, so that all work that is due in the same millisecond is in one wave. */
  async #open(start: () => void): Promise<void> {
    if (this.#isOpening) return;
    this.#isOpening = true;
    const { nowMs, wait } = this.#setting;
    await wait(0);
    const underWay = this.#underWay;
    if (underWay) {
      await new Promise<void>((pass) => {
        void underWay.then(() => pass());
        void wait(PATIENCE_MS).then(() => pass());
      });
    }
    // Whole milliseconds, as timers have them.
    while (this.#opensAtMs > nowMs()) await wait(Math.ceil(this.#opensAtMs - nowMs()));
    this.#isOpening = false;
    start();
    this.#send();
  }

  #send(): void {
    const members = this.#members;
    if (members.length === 0) return;
    this.#members = [];
    const reading = this.#readAll(members).finally(() => {
      if (this.#underWay === reading) this.#underWay = undefined;
    });
    this.#underWay = reading;
  }

  async #readAll(members: readonly Member<Query, Result>[]): Promise<void> {
    try {
      const results = await this.#setting.readAll(members.map(({ query }) => query));
      for (const [index, result] of results.entries()) members[index]?.resolve(result);
    } catch (error) {
      for (const { reject } of members) reject(error);
    }
  }
}
