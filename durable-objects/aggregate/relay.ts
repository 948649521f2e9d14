/**
 * Carries committed events to the queue. The log is the outbox: what is offered here is durable already, and what
 * gets lost on the way is found by the alarm (see confirm-relay), so a send that fails costs time, never an event.
 */
import { isLonger } from '../../core/bytes.ts';
import type { StoredEvent } from '../../core/event.ts';
import type { RelayMessage } from '../../core/relay-message.ts';

/** The platform takes 128,000 bytes a message and charges by 64 KB; the rest is headroom for its own metadata. */
const MESSAGE_BYTES_MAX = 120_000;

/** A send can hang for a minute before it fails (cloudflare/workerd#6053). The platform sets no limit of its own. */
const SEND_TIMEOUT_MS = 10_000;

export type SendToQueue = (message: string) => Promise<unknown>;

export class Relay {
  readonly #send: SendToQueue;
  #waiting: StoredEvent[] = [];
  #sending: Promise<void> | undefined;

  constructor(send: SendToQueue) {
    this.#send = send;
  }

  /** Takes events that were just committed. While one message is under way, the next one gathers. */
  offer(events: readonly StoredEvent[]): Promise<void> {
    this.#waiting.push(...events);
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined;
    });
    return this.#sending;
  }

  /** Tells the consumers to fetch the stream from its object. */
  remind(tenant: string, stream: string, version: number): Promise<void> {
    return this.#sendInTime({ tenant, stream, version, events: [] });
  }

  async #sendAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const events = this.#waiting;
      this.#waiting = [];
      const last = events.at(-1);
      if (!last) return;
      const { tenant, stream, version } = last;
      await this.#sendInTime({ tenant, stream, version, events });
    }
  }

  async #sendInTime(message: RelayMessage): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const timedOut = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(
        () => reject(new Error('The queue did not answer in time.')),
        SEND_TIMEOUT_MS,
      );
    });
    // A timer that is left running keeps the object in memory, which is billed.
    await Promise.race([this.#send(encode(message)), timedOut]).finally(() => clearTimeout(timer));
  }
}

/** Over the limit the message is a reference: the consumer reads the events from the object. */
function encode(message: RelayMessage): string {
  const whole = JSON.stringify(message);
  if (!isLonger(whole, MESSAGE_BYTES_MAX)) return whole;
  return JSON.stringify({ ...message, events: [] });
}
