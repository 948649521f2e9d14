/** The delays of messages that could not be handled. */
import { backoff } from '../../core/values/backoff.ts';

/** Doubles with each attempt. Our values, well within the platform's 12 hours. */
const RETRY_AFTER_SECONDS = { first: 2, max: 600 };

/** Up to a quarter is subtracted at random, so that messages that failed together are not retried together. */
const JITTER = 0.25;

/**
 * `max_retries` is 100, the platform's maximum: with these delays a message is retried for more than 11 hours, so that
 * an outage of some hours makes no dead letter.
 */
export function retryDelaySeconds(attempts: number, random: number): number {
  return Math.ceil(backoff(RETRY_AFTER_SECONDS, attempts) * (1 - JITTER * random));
}

/** A message of the queue. */
interface RetryableMessage {
  readonly attempts: number;
  retry(options: { readonly delaySeconds: number }): void;
}

export function retryLater(message: RetryableMessage): void {
  message.retry({ delaySeconds: retryDelaySeconds(message.attempts, Math.random()) });
}

/** For a message that did not fail itself: time ran out, or a build's door is closed. */
export function retrySoon(message: Pick<RetryableMessage, 'retry'>): void {
  message.retry({ delaySeconds: 1 });
}
