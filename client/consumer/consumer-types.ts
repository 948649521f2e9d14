/** What a consumer is given, and how it is set up. */
import type { Fetch } from '../host.ts';
import type { RetryPolicy } from '../retry.ts';

/** Where the server is, and how the consumer asks it. */
export interface ConsumerOptions {
  /** The address of the server: `https://ledge.example.com`. */
  readonly url: string;
  /** The bearer token, or a function that returns it, called before every request. */
  readonly token?: string | (() => string | Promise<string>);
  /** Left out: the platform's. */
  readonly fetch?: Fetch;
  /** Left out: eight attempts within a minute. */
  readonly retry?: Partial<RetryPolicy>;
}

/** A public event, as CloudEvents 1.0 has it. */
export interface ConsumedEvent {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  /** The stream that it is about, like `order/o-1`. */
  readonly subject: string;
  readonly time: string;
  readonly dataschema: string;
  readonly sequence: string;
  readonly position: string;
  readonly traceparent?: string;
  readonly data: unknown;
}

/** A message that this consumer holds, until its lease ends. */
export interface Message {
  readonly event: ConsumedEvent;
  /** 1: the first one. */
  readonly attempt: number;
  /** Aborts when the lease is lost: the message is another consumer's, and what is done now may be done twice. */
  readonly signal: AbortSignal;
}

/** How many messages a consumer handles at once, and until when. */
export interface ConsumeOptions {
  /** The streams that are worked on at a time; the messages of one follow one another. Left out: 10. */
  readonly concurrency?: number;
  /** Ends the consumption: nothing more is received, what is in work ends, and the rest is given back. */
  readonly signal?: AbortSignal;
  /** How long messages stay with this consumer if it dies; extended while a handler runs. Left out: 30. */
  readonly leaseSeconds?: number;
  /** When a message whose handler has failed is tried again. Left out: after 5 seconds, then twice as long each time. */
  readonly retryAfterSeconds?: number;
  /** Receives what has failed and is tried again: a handler's error with its message, or that of a request. */
  readonly onError?: (error: unknown, message?: Message) => void;
}

/** A consumer group: take, acknowledge and hand back its messages. */
export interface ConsumerGroup {
  /**
   * Calls the handler for each message, those of a stream in order, and acknowledges the message when it has ended. One that
   * throws gives its message back, to be tried again. Resolves when the signal has ended it.
   *
   * @throws LedgeProblem for a refusal that no retry changes: an unknown group, a missing grant
   */
  consume(
    handle: (message: Message) => Promise<void> | void,
    options?: ConsumeOptions,
  ): Promise<void>;
}

/** A consumer, which opens consumer groups. */
export interface Consumer {
  group(name: string): ConsumerGroup;
}
