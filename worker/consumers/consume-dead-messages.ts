/** The consumer of queue `events-dead`: a message that the queue gave up on becomes a dead letter. */

import { OWN_TENANT } from '../../core/access/own-tenant.ts';
import type { LogNote } from '../../core/failures/log-line.ts';
import { relayMessage } from '../../core/protocol/relay-message.ts';
import { recordForeign, recordUndelivered } from '../dead-letters/dead-letters.ts';
import { settleResidence } from '../projections/residence.ts';
import { projectorFor } from '../projector/projector.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import type { Machinery } from '../runtime/machinery.ts';
import { parsedJson } from './parsed-json.ts';
import { retryLater } from './retry-later.ts';

export async function consumeDeadMessages(
  machinery: Machinery,
  batch: MessageBatch<unknown>,
  env: LedgeEnv,
): Promise<void> {
  for (const message of batch.messages) {
    try {
      await recordDead(machinery, env, message, 'the queue gave up');
      message.ack();
    } catch (error) {
      machinery.platform.log('error', { operation: 'consume-dead', message: message.id, error });
      retryLater(message);
    }
  }
}

/** @throws when it could not be recorded, and must not be acknowledged */
export async function recordDead(
  machinery: Machinery,
  env: LedgeEnv,
  { id, body }: Message<unknown>,
  note: LogNote,
): Promise<void> {
  const { log } = machinery.platform;
  const content = parsedJson(body) ?? String(body);
  const { data } = relayMessage.safeParse(content);
  const of = data && { tenant: data.tenant, stream: data.stream, version: data.version };
  const placement = await machinery.databases.of(env, of?.tenant ?? OWN_TENANT);
  const projector = projectorFor(machinery, env, placement);
  // Of a tenant that is not there, or no more, nothing is kept.
  if (of && (await settleResidence(projector, of.tenant)) !== 'resident') {
    const note = 'of a tenant that is not provisioned';
    log('error', { operation: 'consume-dead', message: id, ...of, note });
    return;
  }
  if (of) await recordUndelivered(projector, { ...of, content });
  else await recordForeign(projector, { id, content });
  log('error', { operation: 'consume-dead', message: id, ...of, isForeign: !of, note });
}
