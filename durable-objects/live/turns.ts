/**
 * Turns between subscribers. Each has a few runs under way at most, and after a run it rests nine times as long as that
 * took while others have work. So one with many queries uses a tenth of the object's time, and delays no other by more
 * than the run that is under way.
 */

/** What has turns of its own. The same object is the same subscriber. */
export type TurnOwner = object;

/** A run of ten parts is followed by ninety of others. */
const REST_PER_RUN = 9;

export interface TurnsSetting {
  /** Under way at once, of all subscribers. */
  readonly runsMax: number;
  /** The same of one subscriber. */
  readonly runsOfOneMax: number;
  readonly nowMs: () => number;
  readonly wait: (ms: number) => Promise<unknown>;
}

/** What one subscriber waits for, and how long it rests while others have work. */
interface Line {
  readonly waiting: Turn[];
  running: number;
  restsUntilMs: number;
}

export class Turns {
  readonly #setting: TurnsSetting;
  /** Kept as long as the subscriber is, so that a rest outlives the work that it is for. */
  readonly #lineOf = new WeakMap<TurnOwner, Line>();
  /** Those that wait; the one that had its turn last is the last one. */
  readonly #lines = new Set<Line>();
  #running = 0;
  /** Of those, begun by a subscriber that did not rest: they have the object for themselves. */
  #runningRested = 0;

  constructor(setting: TurnsSetting) {
    this.#setting = setting;
  }

  /** Work for any of these subscribers: it waits with the one whose turn comes first. `ended` has its error. */
  take(subscribers: Iterable<TurnOwner>, work: () => Promise<void>): Turn {
    const turn = new Turn(work, (subscriber) => this.#offer(turn, subscriber));
    for (const subscriber of subscribers) {
      this.#offer(turn, subscriber);
      if (this.#rank(turn) === 0) break;
    }
    // After the caller: what begins to wait in the same moment is compared before anything runs.
    queueMicrotask(() => this.#startRuns());
    return turn;
  }

  #line(subscriber: TurnOwner): Line {
    const line = this.#lineOf.get(subscriber) ?? { waiting: [], running: 0, restsUntilMs: 0 };
    this.#lineOf.set(subscriber, line);
    return line;
  }

  #offer(turn: Turn, subscriber: TurnOwner): void {
    const line = this.#line(subscriber);
    if (this.#rankAt(line, line.waiting.length) >= this.#rank(turn)) return;
    if (turn.line) this.#withdraw(turn, turn.line);
    turn.line = line;
    line.waiting.push(turn);
    this.#lines.add(line);
  }

  #withdraw(turn: Turn, line: Line): void {
    line.waiting.splice(line.waiting.indexOf(turn), 1);
    if (line.waiting.length === 0) this.#lines.delete(line);
  }

  #rank(turn: Turn): number {
    if (turn.hasBegun) return 0;
    return turn.line
      ? this.#rankAt(turn.line, turn.line.waiting.indexOf(turn))
      : Number.POSITIVE_INFINITY;
  }

  /** How many turns of its own subscriber are before it; behind all others where that one rests. */
  #rankAt(line: Line, place: number): number {
    return place + line.running + (this.#isRested(line) ? 0 : 1_000_000);
  }

  #isRested({ restsUntilMs }: Line): boolean {
    return restsUntilMs <= this.#setting.nowMs();
  }

  #startRuns(): void {
    while (this.#running < this.#setting.runsMax) {
      const line = this.#nextLine();
      const turn = line?.waiting[0];
      if (!line || !turn) return;
      void this.#run(line, turn);
    }
  }

  /** One that rests has its turn while no other has work. */
  #nextLine(): Line | undefined {
    const free = [...this.#lines].filter(({ running }) => running < this.#setting.runsOfOneMax);
    const rested = free.find((line) => this.#isRested(line));
    return rested ?? (this.#runningRested === 0 ? free[0] : undefined);
  }

  async #run(line: Line, turn: Turn): Promise<void> {
    const { nowMs, wait } = this.#setting;
    const rested = this.#isRested(line) ? 1 : 0;
    this.#withdraw(turn, line);
    if (this.#lines.delete(line)) this.#lines.add(line);
    line.running++;
    this.#running++;
    this.#runningRested += rested;
    const beganMs = nowMs();
    await turn.begin();
    // The platform's clock stands while code runs: only after a timer has it counted the run's own processor time.
    await wait(0);
    const restMs = REST_PER_RUN * (nowMs() - beganMs);
    line.restsUntilMs = nowMs() + restMs;
    line.running--;
    this.#running--;
    this.#runningRested -= rested;
    this.#startRuns();
    if (line.waiting.length === 0 || restMs === 0) return;
    // A run of another that hangs does not hold it up for longer than its rest.
    await wait(restMs);
    this.#startRuns();
  }
}

export class Turn {
  readonly #work: () => Promise<void>;
  readonly #offer: (subscriber: TurnOwner) => void;
  readonly #end = Promise.withResolvers<void>();
  /** Where it waits. */
  line: Line | undefined;
  hasBegun = false;

  constructor(work: () => Promise<void>, offer: (subscriber: TurnOwner) => void) {
    this.#work = work;
    this.#offer = offer;
  }

  get ended(): Promise<void> {
    return this.#end.promise;
  }

  /** While it waits, the work is this subscriber's too. */
  isAlsoOf(subscriber: TurnOwner): void {
    if (!this.hasBegun) this.#offer(subscriber);
  }

  /** Never rejects: work that breaks frees the place that it took. */
  async begin(): Promise<void> {
    this.hasBegun = true;
    await this.#work().then(this.#end.resolve, this.#end.reject);
  }
}
