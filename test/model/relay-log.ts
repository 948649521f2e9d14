/** An aggregate's log in memory, with the events that are not confirmed. */
import type { StoredEvent } from '../../core/aggregate/event.ts';
import type { EventRange } from '../../durable-objects/aggregate/event-log.ts';

export class RelayLog {
  #events: StoredEvent[] = [];
  #version = 0;
  #confirmed = 0;

  get isStored(): boolean {
    return this.#version > 0;
  }

  head() {
    return { version: this.#version, recordedAtMs: this.recordedAtMs(this.#version) ?? 0 };
  }

  confirmedVersion(): number {
    return this.#confirmed;
  }

  confirm(version: number): void {
    this.#confirmed = Math.max(this.#confirmed, version);
    this.#events = this.#events.filter((event) => event.version > this.#confirmed);
  }

  recordedAtMs(version: number): number | undefined {
    const event = this.#events.find((one) => one.version === version);
    return event && Date.parse(event.recordedAt);
  }

  append(event: StoredEvent): void {
    this.#version = event.version;
    this.#events.push(event);
  }

  events({ after, limit }: EventRange): readonly StoredEvent[] {
    return this.#events.filter(({ version }) => version > after).slice(0, limit);
  }
}
