/**
 * The consumer of queue `events`: messages in, projections advanced, messages acknowledged only when their events
 * are in the read models. Called by the platform with up to 100 messages, in any order, any number of times.
 */
import { type RelayMessage, relayMessage } from '../../core/relay-message.ts';
import type { LedgeEnv } from '../env.ts';
import { undelivered } from '../health/undelivered.ts';
import type { Machinery } from '../machinery.ts';
import { advance, type Reached } from '../projector/advance.ts';
import { streamKey } from '../projector/positions.ts';
import { projectorFor } from '../projector/projector.ts';
import { parsedJson } from './parsed-json.ts';

/** Doubles with every attempt; ours, well within the platform's 12 hours. */
const RETRY_AFTER_SECONDS = 2;
const RETRY_AFTER_SECONDS_MAX = 600;

interface Delivery {
  readonly message: Message<unknown>;
  readonly body: RelayMessage;
}

export async function consumeEvents(
  machinery: Machinery,
  batch: MessageBatch<unknown>,
  env: LedgeEnv,
): Promise<void> {
  const deliveries = batch.messages.flatMap((message) => understood(machinery, message));
  const databases = Map.groupBy(deliveries, ({ body }) =>
    machinery.platform.database(env, body.tenant),
  );
  for (const [database, messages] of databases) {
    await consume(machinery, env, database, messages);
  }
}

/** What is not a relay message goes the way of all failures: retries, then `events-dead`. */
function understood({ platform }: Machinery, message: Message<unknown>): Delivery[] {
  const body = relayMessage.safeParse(parsedJson(message.body));
  if (body.success) return [{ message, body: body.data }];
  platform.log('error', {
    operation: 'consume',
    message: message.id,
    error: 'not a relay message',
  });
  retryLater(message);
  return [];
}

async function consume(
  machinery: Machinery,
  env: LedgeEnv,
  database: D1Database,
  deliveries: readonly Delivery[],
): Promise<void> {
  const projector = projectorFor(machinery, env, database);
  try {
    const reached = await advance(
      projector,
      deliveries.map(({ body }) => body),
      'again',
    );
    for (const delivery of deliveries) settle(delivery, reached.get(streamKey(delivery.body)));
  } catch (error) {
    // D1 or an object was in trouble: nothing was decided, so all of it comes again.
    machinery.platform.log('warn', { operation: 'consume', error: String(error) });
    for (const { message } of deliveries) retryLater(message);
    await projector.reportIncidents(deliveries.map(({ body }) => undelivered(body, null, error)));
  }
}

function settle({ message, body }: Delivery, reached: Reached | undefined): void {
  if (reached && reached.version >= body.version) message.ack();
  else retryLater(message);
}

function retryLater(message: Message<unknown>): void {
  const delaySeconds = Math.min(
    RETRY_AFTER_SECONDS * 2 ** (message.attempts - 1),
    RETRY_AFTER_SECONDS_MAX,
  );
  message.retry({ delaySeconds });
}
