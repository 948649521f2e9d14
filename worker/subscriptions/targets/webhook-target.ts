/**
 * A webhook: each event is a signed request, or several together are one, in the batch format of CloudEvents.
 *
 * The id of a request names its content. A batch of other events has another one, also where it begins with the same event: a
 * target that drops repeats by their id loses none.
 */
import { hashOf } from '../../access/issue-key.ts';
import { CLOUD_EVENT_BATCH } from '../../publications/feed/cloud-event.ts';
import type { LedgeEnv } from '../../runtime/env.ts';
import { CLOUD_EVENT, type Sender, sendDelivery } from '../send-delivery.ts';
import { openedSecrets, type SecretOwner } from '../webhook-secret.ts';
import type { Target, TargetEvent } from './target.ts';

export interface WebhookAddress {
  readonly url: string;
  /** Whether requests have the batch format, also with a single event. */
  readonly isBatch: boolean;
  readonly owner: SecretOwner;
  /** As they are stored. */
  readonly secrets: readonly string[];
}

export function webhookTarget(
  env: LedgeEnv,
  sender: Omit<Sender, 'isLocal'>,
  { url, isBatch, owner, secrets: sealed }: WebhookAddress,
): Target {
  const isLocal = env.LEDGE_LOCAL_DEVELOPMENT === 'true';
  return {
    send: async (events) => {
      const secrets = await openedSecrets(env, owner, sealed);
      const content = isBatch
        ? { contentType: CLOUD_EVENT_BATCH, body: `[${events.map(({ text }) => text).join(',')}]` }
        : { contentType: CLOUD_EVENT, body: events[0]?.text ?? '' };
      return sendDelivery({ ...sender, isLocal }, { url, id: idOf(events), ...content, secrets });
    },
  };
}

function idOf(events: readonly TargetEvent[]): string {
  const ids = events.map(({ id }) => id);
  return ids.length === 1 ? String(ids[0]) : `batch_${hashOf(JSON.stringify(ids)).slice(0, 32)}`;
}
