/**
 * Fair scheduling between subscribers. Each has a limited number of concurrent runs, and after a run it rests nine
 * times as long as the run took while others have work. One with many queries so uses a tenth of the object's time, and
 * delays the others by one run at most.
 */

/** The identity of a subscriber that has turns. */
export type TurnOwner = object;

/** A run of ten parts is followed by ninety of others. */
const REST_PER_RUN = 9;

export interface TurnsSetting {
  /** The maximum number of concurrent runs. */
  readonly runsMax: number;
  /** The maximum per subscriber. */
  readonly runsOfOneMax: number;
  readonly nowMs: () => number;
  readonly wait: (ms: number) => Promise<unknown>;
}

/** The queue of one subscriber, and the end of its rest. */
interface Line {
  readonly waiting: Turn[];
  running: number;
  restsUntilMs: number;
}

export class Turns {
  readonly #setting: TurnsSetting;
  /** As long-lived as the subscriber, so that a rest continues after the work that caused it. */
  readonly #lineOf = new WeakMap<TurnOwner, Line>();
  /** The queues with waiting work; the one that had its turn last is the last one. */
  readonly #lines = new Set<Line>();
  #running = 0;
  /** The number of runs whose subscriber was not resting. Meanwhile no resting subscriber gets a turn. */
  #runningRested = 0;

  constructor(setting: TurnsSetting) {
    this.#setting = setting;
  }

  /** Queues work of these subscribers with the one whose turn comes first. `ended` has its error. */
  take(subscribers: Iterable<TurnOwner>, work: () => Promise<void>): Turn {
    const turn = new Turn(work, (subscriber) => this.#offer(turn, subscriber));
    for (const subscriber of subscribers) {
      this.#offer(turn, subscriber);
      if (this.#rank(turn) === 0) break;
    }
    // In a microtask, so that work that is queued in the same tick is compared before any of it runs.
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

  /** The number of turns of its own subscriber before it; after all others if that subscriber rests. */
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

  /** A resting subscriber gets a turn only if no other has work. */
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
    // The platform's clock does not advance while code runs: only after a timer does it include the run's processor
    // time.
    await wait(0);
    const restMs = REST_PER_RUN * (nowMs() - beganMs);
    line.restsUntilMs = nowMs() + restMs;
    line.running--;
    this.#running--;
    this.#runningRested -= rested;
    this.#startRuns();
    if (line.waiting.length === 0 || restMs === 0) return;
    // Another subscriber's run that hangs delays it no longer than its rest.
    await wait(restMs);
    this.#startRuns();
  }
}

export class Turn {
  readonly #work: () => Promise<void>;
  readonly #offer: (subscriber: TurnOwner) => void;
  readonly #end = Promise.withResolvers<void>();
  /** The queue in which it waits. */
  line: Line | undefined;
  hasBegun = false;

  constructor(work: () => Promise<void>, offer: (subscriber: TurnOwner) => void) {
    this.#work = work;
    this.#offer = offer;
  }

  get ended(): Promise<void> {
    return this.#end.promise;
  }

  /** Adds a subscriber to waiting work. */
  isAlsoOf(subscriber: TurnOwner): void {
    if (!this.hasBegun) this.#offer(subscriber);
  }

  /** Never rejects: work that fails frees its place. */
  async begin(): Promise<void> {
    this.hasBegun = true;
    await this.#work().then(this.#end.resolve, this.#end.reject);
  }
}
