/**
 * Time as the simulator has it: a list of what happens when. Nothing waits for a real clock, and between two tasks
 * everything that can go on without one has gone on, so the same tasks always follow in the same order.
 */

interface Task {
  readonly atMs: number;
  readonly name: string;
  readonly run: () => void;
  readonly isBackground: boolean;
}

/** Almost twice what the longest of the fixed simulations takes that comes to rest. */
const TASKS_MAX = 100_000;

/** Longer than background delays that still have effects: pauses, pings, timeouts. */
const QUIET_MS = 90_000;

/** There is always more to do: a retry without end, or a wait that never ends. */
export class Restless extends Error {}

/** Some day of the year in which Ledge began. */
const BEGINNING_MS = Date.UTC(2026, 0, 5, 9);

/** Taken before it is replaced. */
const afterMicrotasks = globalThis.setImmediate;

export class Timeline {
  #nowMs = 0;
  #clockAheadMs = 0;
  /** By time; those of one moment in the order in which they were set. */
  readonly #tasks: Task[] = [];
  #foreground = 0;
  #done = 0;
  /** What has happened, a line each. */
  readonly schedule: string[] = [];

  /** Since the beginning. Never goes back. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** What a clock on the wall shows, in whole milliseconds: it can be put forward and back. */
  get wallMs(): number {
    return BEGINNING_MS + Math.floor(this.#nowMs) + this.#clockAheadMs;
  }

  moveClock(byMs: number): void {
    this.#clockAheadMs += byMs;
    this.note(`the clock jumps by ${byMs} ms`);
  }

  note(line: string): void {
    this.schedule.push(`${this.#nowMs.toFixed(3).padStart(14)}  ${line}`);
  }

  /** Runs in the background without end, and is not awaited. Returns the function that stops it. */
  in(delayMs: number, name: string, run: () => void, isBackground = false): () => void {
    const task = { atMs: this.#nowMs + Math.max(0, delayMs), name, run, isBackground };
    this.#tasks.splice(this.#placeOf(task), 0, task);
    if (!isBackground) this.#foreground++;
    return () => {
      const index = this.#tasks.indexOf(task);
      if (index >= 0) this.#taken(this.#tasks.splice(index, 1));
    };
  }

  sleep(delayMs: number, name: string, isBackground = false): Promise<void> {
    return new Promise((resolve) => {
      this.in(delayMs, name, resolve, isBackground);
    });
  }

  /** Task after task, until it is over or nothing is left to do. */
  async run(isOver: () => boolean): Promise<void> {
    await settled();
    while (!isOver()) {
      if (++this.#done > TASKS_MAX) throw new Restless('It does not come to rest.');
      const [task] = this.#taken(this.#tasks.splice(0, 1));
      if (!task) return;
      this.#nowMs = task.atMs;
      this.note(task.name);
      task.run();
      await settled();
    }
  }

  /** Until the work is done. */
  async finish<Result>(work: Promise<Result>): Promise<Result> {
    let isDone = false;
    const done = () => {
      isDone = true;
    };
    work.then(done, done);
    await this.run(() => isDone);
    return work;
  }

  /** Runs until only background tasks have happened for a long time. */
  async runUntilQuiet(): Promise<void> {
    let busyAtMs = this.#nowMs;
    await this.run(() => {
      if (this.#foreground > 0) busyAtMs = this.#nowMs;
      return this.#nowMs - busyAtMs > QUIET_MS;
    });
  }

  #taken(tasks: Task[]): Task[] {
    this.#foreground -= tasks.filter(({ isBackground }) => !isBackground).length;
    return tasks;
  }

  #placeOf({ atMs }: Task): number {
    let [low, high] = [0, this.#tasks.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#tasks[middle]?.atMs ?? 0) <= atMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Every promise that can settle has settled. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    afterMicrotasks(resolve);
  });
}
