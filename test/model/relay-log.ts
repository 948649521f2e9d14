/** An aggregate's log in memory, with the events that are not confirmed: what the relay and the alarm call of it. */
import type { StoredEvent } from '../../core/aggregate/event.ts';
import type { StreamAddress } from '../../core/aggregate/stream.ts';
import { EventLog, type EventRange } from '../../durable-objects/aggregate/event-log.ts';
import type { AggregateTables } from '../../durable-objects/aggregate/schema.ts';

export class RelayLog extends EventLog {
  #events: StoredEvent[] = [];
  #version = 0;
  #id = '';
  #confirmed = 0;

  constructor(address: StreamAddress) {
    // No table is read: every method that the relay and the alarm call is here.
    super({} as AggregateTables, address);
  }

  override get isStored(): boolean {
    return this.#version > 0;
  }

  override head() {
    const recordedAtMs = this.recordedAtMs(this.#version) ?? 0;
    return { version: this.#version, recordedAtMs, id: this.#id, type: 'Happened' };
  }

  /** No object of the model is restored, and it keeps no event that is confirmed. */
  override has(version: number): boolean {
    return version <= this.#version;
  }

  override confirmedVersion(): number {
    return this.#confirmed;
  }

  override confirm(version: number): void {
    this.#confirmed = Math.max(this.#confirmed, version);
    this.#events = this.#events.filter((event) => event.version > this.#confirmed);
  }

  override recordedAtMs(version: number): number | undefined {
    const event = this.#events.find((one) => one.version === version);
    return event && Date.parse(event.recordedAt);
  }

  add(event: StoredEvent): void {
    this.#version = event.version;
    this.#id = event.id;
    this.#events.push(event);
  }

  eventsAfter({ after, limit }: EventRange): readonly StoredEvent[] {
    return this.#events.filter(({ version }) => version > after).slice(0, limit);
  }
}
