/** Writes a history down while it happens: one recorder for all clients, so that its order is the order of time. */
import type { Line, Wanted } from './history.ts';

export interface Failure {
  readonly outcome: string;
  readonly reason?: string;
}

export class Recorder {
  readonly lines: Line[] = [];
  readonly #nowMs: () => number;
  #ids = 0;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  get nowMs(): number {
    return this.#nowMs();
  }

  begin(process: string, wanted: Wanted): Begun {
    const id = ++this.#ids;
    const beginning = { process, id };
    this.lines.push({ ...beginning, atMs: this.nowMs, type: 'invoke', wanted });
    return {
      ok: (answer) => this.lines.push({ ...beginning, atMs: this.nowMs, type: 'ok', answer }),
      fail: (answer) => this.lines.push({ ...beginning, atMs: this.nowMs, type: 'fail', answer }),
      unknown: () => this.lines.push({ ...beginning, atMs: this.nowMs, type: 'unknown' }),
    };
  }

  /** As JSON lines. */
  text(): string {
    return this.lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  }
}

/** An operation under way: it ends in one of three ways, or the history does before it. */
export interface Begun {
  ok(answer: unknown): void;
  fail(failure: Failure): void;
  unknown(): void;
}
