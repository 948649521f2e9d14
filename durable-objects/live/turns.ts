/**
 * Fair scheduling between subscribers. Each has a limited weight of concurrent runs, and after a run it rests nine
 * times as long as the run took while others have work. One with many queries so uses a tenth of the object's time, and
 * delays the others by its runs of one time at most.
 */

/** The identity of a subscriber that has turns. */
export type TurnOwner = object;

/** A run of ten parts is followed by ninety of others. */
const REST_PER_RUN = 9;

export interface TurnsSetting {
  /** The maximum weight of concurrent runs, or with `whenOpen` of those that start together; one alone may weigh more. */
  readonly weightMax: number;
  /** The maximum per subscriber; one alone may weigh more. */
  readonly weightOfOneMax: number;
  readonly nowMs: () => number;
  readonly wait: (ms: number) => Promise<unknown>;
  /** Calls back when the next runs may start. Left out: at the end of the tick. */
  readonly whenOpen?: (start: () => void) => void;
}

/** Resolves to the milliseconds that the run is charged; undefined: those that it lasted. */
export type TurnWork = () => Promise<number | undefined>;

/** The queue of one subscriber, and the end of its rest. */
interface Line {
  readonly waiting: Turn[];
  running: number;
  runningWeight: number;
  restsUntilMs: number;
}

export class Turns {
  readonly #setting: TurnsSetting;
  readonly #whenOpen: (start: () => void) => void;
  /** As long-lived as the subscriber, so that a rest continues after the work that caused it. */
  readonly #lineOf = new WeakMap<TurnOwner, Line>();
  /** The queues with waiting work; the one that had its turn last is the last one. */
  readonly #lines = new Set<Line>();
  #runningWeight = 0;
  /** The number of runs whose subscriber was not resting. Meanwhile no resting subscriber gets a turn. */
  #runningRested = 0;

  constructor(setting: TurnsSetting) {
    this.#setting = setting;
    this.#whenOpen = setting.whenOpen ?? ((start) => queueMicrotask(start));
  }

  /** Queues work of these subscribers with the one whose turn comes first. `ended` has its error. */
  take(subscribers: Iterable<TurnOwner>, work: TurnWork, weight = 1): Turn {
    const turn = new Turn(work, weight, (subscriber) => this.#offer(turn, subscriber));
    for (const subscriber of subscribers) {
      this.#offer(turn, subscriber);
      if (this.#rank(turn) === 0) break;
    }
    this.#startRunsWhenOpen();
    return turn;
  }

  /** Not at once, so that work that is queued in the same tick is compared before any of it runs. */
  #startRunsWhenOpen(): void {
    if (this.#lines.size > 0) this.#whenOpen(() => this.#startRuns());
  }

  #line(subscriber: TurnOwner): Line {
    const known = this.#lineOf.get(subscriber);
    if (known) return known;
    const line = { waiting: [], running: 0, runningWeight: 0, restsUntilMs: 0 };
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
    const { weightMax, whenOpen } = this.#setting;
    let weight = whenOpen ? 0 : this.#runningWeight;
    for (;;) {
      const line = this.#nextLine();
      const turn = line?.waiting[0];
      if (!line || !turn) return;
      if (!fits(turn, weight, weightMax)) {
        // What opens once for each wave has room for the rest of the work in the next one.
        if (whenOpen) this.#startRunsWhenOpen();
        return;
      }
      weight += turn.weight;
      void this.#run(line, turn);
    }
  }

  /** A resting subscriber gets a turn only if no other has work. */
  #nextLine(): Line | undefined {
    const { weightOfOneMax } = this.#setting;
    const free = [...this.#lines].filter(({ waiting: [turn], runningWeight }) =>
      fits(turn, runningWeight, weightOfOneMax),
    );
    const rested = free.find((line) => this.#isRested(line));
    return rested ?? (this.#runningRested === 0 ? free[0] : undefined);
  }

  async #run(line: Line, turn: Turn): Promise<void> {
    const { nowMs, wait } = this.#setting;
    const rested = this.#isRested(line) ? 1 : 0;
    this.#withdraw(turn, line);
    if (this.#lines.delete(line)) this.#lines.add(line);
    line.running++;
    line.runningWeight += turn.weight;
    this.#runningWeight += turn.weight;
    this.#runningRested += rested;
    const beganMs = nowMs();
    const chargedMs = await turn.begin();
    // The platform's clock does not advance while code runs: only after a timer does it include the run's processor
    // time.
    await wait(0);
    const restMs = REST_PER_RUN * (chargedMs ?? nowMs() - beganMs);
    line.restsUntilMs = nowMs() + restMs;
    line.running--;
    line.runningWeight -= turn.weight;
    this.#runningWeight -= turn.weight;
    this.#runningRested -= rested;
    this.#startRunsWhenOpen();
    if (line.waiting.length === 0 || restMs === 0) return;
    // Another subscriber's run that hangs delays it no longer than its rest.
    await wait(restMs);
    this.#startRunsWhenOpen();
  }
}

/** A turn that weighs more than the limit runs alone. */
function fits(turn: Turn | undefined, runningWeight: number, weightMax: number): boolean {
  return turn !== undefined && (runningWeight === 0 || runningWeight + turn.weight <= weightMax);
}

export class Turn {
  readonly #work: TurnWork;
  readonly weight: number;
  readonly #offer: (subscriber: TurnOwner) => void;
  readonly #end = Promise.withResolvers<void>();
  /** The queue in which it waits. */
  line: Line | undefined;
  hasBegun = false;

  constructor(work: TurnWork, weight: number, offer: (subscriber: TurnOwner) => void) {
    this.#work = work;
    this.weight = weight;
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
  async begin(): Promise<number | undefined> {
    this.hasBegun = true;
    try {
      const chargedMs = await this.#work();
      this.#end.resolve();
      return chargedMs;
    } catch (error) {
      this.#end.reject(error);
      return undefined;
    }
  }
}
