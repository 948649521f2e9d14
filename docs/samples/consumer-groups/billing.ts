/** A program that shares the events of a publication with others of its kind. Samples of docs/consumer-groups.md. */
import {
  type ConsumedEvent,
  type ConsumeOptions,
  type Consumer,
  createConsumer,
} from 'ledge/consumer';

// #region consumer
export function billing(url: string, token: string): Consumer {
  return createConsumer({ url, token });
}
// #endregion

// #region consume
export async function bill(
  consumer: Consumer,
  charge: (event: ConsumedEvent) => Promise<void>,
  options: ConsumeOptions,
): Promise<void> {
  await consumer.group('billing').consume(async ({ event }) => {
    // The id is the same at every attempt: what comes again is known by it.
    await charge(event);
  }, options);
}
// #endregion
