/**
 * The consumer of queue `events`: it runs the projections for the messages' streams, and acknowledges a message when
 * its events are in the read models. The platform delivers up to 100 messages per call, in any order, any number of
 * times.
 */

import { type RelayMessage, relayMessage } from '../../core/protocol/relay-message.ts';
import { runsWithinBytes } from '../../core/values/bytes.ts';
import { reportIncidents } from '../incidents/incidents.ts';
import { undelivered } from '../incidents/undelivered.ts';
import { streamKey } from '../projections/positions.ts';
import {
  type AdvanceResult,
  correlationsOf,
  runProjections,
} from '../projections/run-projections.ts';
import { type Projector, projectorFor } from '../projector/projector.ts';
import { CallDeadline } from '../reactions/call-deadline.ts';
import type { Placement } from '../runtime/databases.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import type { Machinery } from '../runtime/machinery.ts';
import { byDatabase, type StreamsByDatabase } from '../runtime/streams-by-database.ts';
import { Confirmations } from './confirmations.ts';
import { recordDead } from './consume-dead-messages.ts';
import { parsedJson } from './parsed-json.ts';
import { retryLater, retrySoon } from './retry-later.ts';

/**
 * The attempts, over 20 minutes, of a message that is not a relay message: a newer deployment may have sent it. After
 * the last one it is recorded as a dead letter.
 */
const UNKNOWN_ATTEMPTS_MAX = 10;

/** A build closes its door for two seconds; a restore of D1 for minutes, which must not use up all retries. */
const CLOSED_ATTEMPTS_MAX = 20;

interface Delivery {
  readonly message: Message<unknown>;
  readonly body: RelayMessage;
}

/** The context of one call of the platform. */
interface Invocation {
  readonly machinery: Machinery;
  readonly env: LedgeEnv;
  readonly deadline: CallDeadline;
  readonly confirmations: Confirmations;
  /** The indexes of databases that failed: the other messages for them are retried later, so that they get time to recover. */
  readonly troubled: Set<number>;
}

/** In runs, each parsed in its turn, because a batch of large messages does not fit into memory at once. */
export async function consumeEvents(
  machinery: Machinery,
  batch: MessageBatch<unknown>,
  env: LedgeEnv,
): Promise<void> {
  const invocation = {
    machinery,
    env,
    deadline: new CallDeadline(),
    confirmations: new Confirmations(),
    troubled: new Set<number>(),
  };
  const runs = runsWithinBytes(batch.messages, ({ body }) => String(body).length);
  for (const run of runs) await consumeRun(invocation, run);
  // Last, because the platform limits the calls of an invocation: D1 must not be without one.
  await invocation.confirmations.send(env, machinery.platform.log);
}

async function consumeRun(
  invocation: Invocation,
  messages: readonly Message<unknown>[],
): Promise<void> {
  const { machinery, env } = invocation;
  const deliveries: Delivery[] = [];
  for (const message of messages) {
    const body = relayMessage.safeParse(parsedJson(message.body));
    if (body.success) deliveries.push({ message, body: body.data });
    else await refuse(invocation, message);
  }
  const bodies = deliveries.map(({ body }) => body);
  const attributes = () => ({ messages: messages.length, correlations: correlationsOf(bodies) });
  await machinery.platform.inSpan('ledge.consume', attributes, async () => {
    const tenantOf = ({ body }: Delivery) => body.tenant;
    const found = await byDatabase(machinery.databases, env, deliveries, tenantOf);
    // Side by side: a database that is down, or slow, holds up no messages for another one.
    await Promise.all([
      ...found.placed.map(({ placement, streams }) => consume(invocation, placement, streams)),
      unplaced(invocation, found.unplaced),
    ]);
  });
}

/** Handles a message that is not a relay message: retries it, then records it as a dead letter. */
async function refuse({ machinery, env }: Invocation, message: Message<unknown>): Promise<void> {
  const note = 'not a relay message';
  machinery.platform.log('error', { operation: 'consume', message: message.id, note });
  if (message.attempts < UNKNOWN_ATTEMPTS_MAX) return retryLater(message);
  try {
    await recordDead(machinery, env, message, note);
    message.ack();
  } catch {
    retryLater(message);
  }
}

/** The tenants of these messages could not be looked up: they are retried. */
async function unplaced(
  { machinery, env }: Invocation,
  found: StreamsByDatabase<Delivery>['unplaced'],
): Promise<void> {
  const { log } = machinery.platform;
  for (const { stream, error } of found) {
    log('warn', { operation: 'read-tenant', tenant: stream.body.tenant, error });
    retryLater(stream.message);
  }
  const incidents = found.map(({ stream, error }) => undelivered(stream.body, null, error));
  await reportIncidents(env, log, incidents);
}

async function consume(
  invocation: Invocation,
  placement: Placement,
  deliveries: readonly Delivery[],
): Promise<void> {
  const { machinery, env, deadline, confirmations, troubled } = invocation;
  const projector = projectorFor(machinery, env, placement);
  const wanted = deliveries.map(({ body }) => body);
  let reached: ReadonlyMap<string, AdvanceResult> = new Map();
  try {
    if (troubled.has(placement.index)) return;
    reached = await runProjections(projector, wanted, { notify: 'all', deadline });
    confirmations.add(reached.values());
    const left = wanted.filter((one) => reached.get(streamKey(one))?.reason === 'unavailable');
    const [first] = left.map((one) => reached.get(streamKey(one)));
    if (first) await inTrouble(invocation, placement, projector, left, first.error);
  } catch (error) {
    // Live objects were not notified of the commit, so nothing is acknowledged.
    await inTrouble(invocation, placement, projector, wanted, error);
  } finally {
    for (const delivery of deliveries) settle(delivery, reached.get(streamKey(delivery.body)));
  }
}

async function inTrouble(
  { machinery, troubled }: Invocation,
  { index, name: database }: Placement,
  projector: Projector,
  streams: readonly Pick<RelayMessage, 'tenant' | 'stream' | 'version'>[],
  error: unknown,
): Promise<void> {
  machinery.platform.log('warn', { operation: 'consume', database, error });
  troubled.add(index);
  await projector.reportIncidents(streams.map((stream) => undelivered(stream, null, error)));
}

/** Acknowledges or retries each message by its own result. */
function settle({ message, body }: Delivery, reached: AdvanceResult | undefined): void {
  const isDone = reached && (reached.version >= body.version || reached.reason === 'erased');
  if (isDone) message.ack();
  else if (reached?.reason === 'slow') retrySoon(message);
  else if (reached?.reason === 'closed' && message.attempts < CLOSED_ATTEMPTS_MAX)
    retrySoon(message);
  else retryLater(message);
}
