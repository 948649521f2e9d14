/** A webhook: each event is a signed request. */
import type { LedgeEnv } from '../../runtime/env.ts';
import { type Sender, sendDelivery } from '../send-delivery.ts';
import { openedSecrets, type SecretOwner } from '../webhook-secret.ts';
import type { Target } from './target.ts';

export interface WebhookAddress {
  readonly url: string;
  readonly owner: SecretOwner;
  /** As they are stored. */
  readonly secrets: readonly string[];
}

export function webhookTarget(
  env: LedgeEnv,
  sender: Omit<Sender, 'isLocal'>,
  { url, owner, secrets: sealed }: WebhookAddress,
): Target {
  const isLocal = env.LEDGE_LOCAL_DEVELOPMENT === 'true';
  return {
    send: async ([event]) => {
      const secrets = await openedSecrets(env, owner, sealed);
      const { id = '', text = '' } = event ?? {};
      return sendDelivery({ ...sender, isLocal }, { url, id, body: text, secrets });
    },
  };
}
