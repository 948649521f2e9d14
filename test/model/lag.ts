/** From the commit of an event until D1 has it, as messages and acknowledgements show it. */
import type { Process } from '../simulator/process.ts';
import type { Timeline } from '../simulator/timeline.ts';
import type { Counting } from './counts.ts';

/** What it reads of a relay message. */
interface Sent {
  readonly stream: string;
  readonly version: number;
  readonly events: readonly { readonly version: number; readonly recordedAt: string }[];
}

interface Pending {
  readonly version: number;
  readonly atMs: number;
}

export class Lag {
  readonly #timeline: Timeline;
  readonly #counting: Counting;
  readonly #writtenAtMs: WeakMap<Process, number>;
  readonly #pending = new Map<string, Pending[]>();

  constructor(timeline: Timeline, counting: Counting, writtenAtMs: WeakMap<Process, number>) {
    this.#timeline = timeline;
    this.#counting = counting;
    this.#writtenAtMs = writtenAtMs;
  }

  /** How many events D1 lacks. */
  get events(): number {
    return [...this.#pending.values()].reduce((sum, { length }) => sum + length, 0);
  }

  /** Whether or not the queue takes the message. */
  sent(body: string): void {
    const { stream, events } = JSON.parse(body) as Sent;
    if (events?.length > 0) {
      const pending = this.#pending.get(stream) ?? [];
      for (const { version, recordedAt } of events) {
        pending.push({ version, atMs: Date.parse(recordedAt) });
      }
      this.#pending.set(stream, pending);
    } else this.#counting.now.reminders++;
  }

  /** All up to its version is in D1 since the last write of this invocation, or was before. */
  acknowledged(body: string, consumer: Process, begunMs: number): void {
    const { stream, version } = JSON.parse(body) as Sent;
    const pending = this.#pending.get(stream) ?? [];
    const { now } = this.#counting;
    const writtenMs = this.#writtenAtMs.get(consumer) ?? 0;
    const atMs = this.#wallMs(writtenMs >= begunMs ? writtenMs : this.#timeline.nowMs);
    for (const one of pending.filter((event) => event.version <= version)) {
      now.applied++;
      now.lagMs.push(Math.max(0, atMs - one.atMs));
    }
    const left = pending.filter((event) => event.version > version);
    if (left.length > 0) this.#pending.set(stream, left);
    else this.#pending.delete(stream);
  }

  #wallMs(atMs: number): number {
    return this.#timeline.wallMs - this.#timeline.nowMs + atMs;
  }
}
