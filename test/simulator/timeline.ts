/**
 * Time as the simulator has it: a list of what happens when. Nothing waits for a real clock, and between two tasks
 * everything that can go on without one has gone on, so the same tasks always follow in the same order.
 */

import { type Task, TaskHeap } from './task-heap.ts';

/** Almost twice what the longest of the fixed simulations takes that comes to rest. */
const TASKS_MAX = 200_000;

/** Longer than background delays that still have effects: pauses, pings, timeouts. */
const QUIET_MS = 90_000;

/** There is always more to do: a retry without end, or a wait that never ends. */
export class Restless extends Error {}

/** Some day of the year in which Ledge began. */
const BEGINNING_MS = Date.UTC(2026, 0, 5, 9);

/** Taken before it is replaced. */
const afterMicrotasks = globalThis.setImmediate;

export interface TimelineSetting {
  /** After so many tasks it never comes to rest. */
  readonly tasksMax?: number;
  /** Left out: every task is a line of the schedule. */
  readonly isRecorded?: boolean;
}

export class Timeline {
  #nowMs = 0;
  #clockAheadMs = 0;
  readonly #tasks = new TaskHeap();
  #foreground = 0;
  #done = 0;
  readonly #tasksMax: number;
  readonly #isRecorded: boolean;
  /** What has happened, a line each. */
  readonly schedule: string[] = [];

  constructor({ tasksMax = TASKS_MAX, isRecorded = true }: TimelineSetting = {}) {
    this.#tasksMax = tasksMax;
    this.#isRecorded = isRecorded;
  }

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
    if (!this.#isRecorded) return;
    this.schedule.push(`${this.#nowMs.toFixed(3).padStart(14)}  ${line}`);
  }

  /** Runs in the background without end, and is not awaited. Returns the function that stops it. */
  in(delayMs: number, name: string, run: () => void, isBackground = false): () => void {
    const atMs = this.#nowMs + Math.max(0, delayMs);
    const task = { atMs, name, run, isBackground, isOver: false };
    this.#tasks.push(task);
    if (!isBackground) this.#foreground++;
    return () => {
      if (!task.isOver) this.#end(task);
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
      if (++this.#done > this.#tasksMax) throw new Restless('It does not come to rest.');
      const task = this.#next();
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

  #next(): Task | undefined {
    let task = this.#tasks.pop();
    while (task?.isOver) task = this.#tasks.pop();
    if (task) this.#end(task);
    return task;
  }

  #end(task: Task): void {
    task.isOver = true;
    if (!task.isBackground) this.#foreground--;
  }
}

/** Every promise that can settle has settled. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    afterMicrotasks(resolve);
  });
}
