/**
 * Sends committed events to the queue. The log is the outbox: the events are durable before they are offered here, and
 * the alarm detects lost ones (see confirm-relay), so that a failed send costs time, never an event.
 */

import type { StoredEvent } from '../../core/aggregate/event.ts';
import type { RelayMessage } from '../../core/protocol/relay-message.ts';
import { isLonger, utf8Bytes } from '../../core/values/bytes.ts';
import { withDeadline } from '../with-deadline.ts';

/** The platform takes 128,000 bytes a message and charges by 64 KB; the rest is headroom for its own metadata. */
const MESSAGE_BYTES_MAX = 120_000;

/** A send can hang for a minute before it fails (cloudflare/workerd#6053). The platform sets no limit of its own. */
const SEND_TIMEOUT_MS = 10_000;

/** Ours: an alarm that waits is billed. The platform sets no limit of its own. */
const ANSWER_MS_MAX = 2_000;

/** `correlations`: of the first event of each process in it, as far as they are known. */
export type SendToQueue = (message: string, correlations: readonly string[]) => Promise<unknown>;

/** The queue of the stream. */
export interface RelayQueue {
  readonly send: SendToQueue;
  /** The time of its oldest message. */
  readonly oldestMessageMs: () => Promise<number | undefined>;
}

/** The next message, which collects events while another one is being sent. */
interface Draft extends Pick<RelayMessage, 'tenant' | 'stream' | 'version' | 'before'> {
  /** As JSON. Left out once they do not fit into a message, so that a queue that hangs cannot fill the memory. */
  readonly events?: readonly string[];
  readonly correlations?: readonly string[];
}

export class Relay {
  readonly #queue: RelayQueue;
  /** Of the newest message: a later one makes the consumer read what an earlier one had. Lost with the memory. */
  #hasFailed = false;
  #draft: Draft | undefined;
  #sending: Promise<void> | undefined;

  constructor(queue: RelayQueue) {
    this.#queue = queue;
  }

  /**
   * Takes events that were just committed, and the id of the event before them. While one message is being sent, the next
   * one collects events.
   */
  offer(events: readonly StoredEvent[], before: string): Promise<void> {
    this.#draft = withEvents(this.#draft, events, before);
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined;
    });
    return this.#sending;
  }

  /** Sends a message that makes the consumer read the stream from its object. */
  remind(tenant: string, stream: string, version: number): Promise<void> {
    return this.#sendInTime({ tenant, stream, version });
  }

  /**
   * The time of the oldest message that the queue has not delivered. Undefined where it is not known, or where the queue
   * has refused the newest message, so that waiting for it would be in vain.
   */
  async oldestMessageMs(): Promise<number | undefined> {
    if (this.#hasFailed) return undefined;
    const answer = this.#queue.oldestMessageMs();
    return withDeadline(answer, ANSWER_MS_MAX, 'The queue did not answer in time.');
  }

  async #sendAll(): Promise<void> {
    for (let draft = this.#draft; draft; draft = this.#draft) {
      this.#draft = undefined;
      await this.#sendInTime(draft);
    }
  }

  async #sendInTime(draft: Draft): Promise<void> {
    try {
      const sent = this.#queue.send(encode(draft), draft.correlations ?? []);
      await withDeadline(sent, SEND_TIMEOUT_MS, 'The queue did not answer in time.');
      this.#hasFailed = false;
    } catch (error) {
      this.#hasFailed = true;
      throw error;
    }
  }
}

/** A draft whose events did not fit stays without events: the consumer cannot use events after a gap. */
function withEvents(
  draft: Draft | undefined,
  events: readonly StoredEvent[],
  before: string,
): Draft | undefined {
  const last = events.at(-1);
  if (!last) return draft;
  const { tenant, stream, version } = last;
  const fresh = events.map(({ metadata }) => metadata.correlationId);
  const correlations = [...new Set([...(draft?.correlations ?? []), ...fresh])];
  const reference = { tenant, stream, version, before: draft?.before ?? before, correlations };
  const texts = draft ? draft.events && [...draft.events] : [];
  if (!texts) return reference;
  let bytes = texts.reduce((sum, text) => sum + utf8Bytes(text), 0);
  for (const event of events) {
    const text = JSON.stringify(event);
    bytes += utf8Bytes(text);
    if (bytes > MESSAGE_BYTES_MAX) return reference;
    texts.push(text);
  }
  return { ...reference, events: texts };
}

/** A message over the limit is a reference: the consumer reads the events from the object. */
function encode({ events = [], before, correlations: _correlations, ...reference }: Draft): string {
  const message = JSON.stringify({ ...reference, events: [] });
  if (events.length === 0) return message;
  const opening = JSON.stringify({ ...reference, before, events: [] });
  const whole = `${opening.slice(0, -2)}${events.join(',')}]}`;
  return isLonger(whole, MESSAGE_BYTES_MAX) ? message : whole;
}
