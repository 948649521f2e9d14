/** Why a subscription cannot go on, whatever its target answers. Pure. */
import { UnboundTarget } from '../failures/unbound-target.ts';
import { UnreadableSecret } from '../failures/unreadable-secret.ts';

export const subscriptionFaults = {
  secret:
    'Its secret was sealed with another LEDGE_SECRET: set that one as LEDGE_SECRET_PREVIOUS, or rotate the secret of the subscription.',
  binding:
    'The Worker does not have the binding of its target, or LEDGE_TARGETS does not name it: add it and deploy.',
  position: 'Its position is not in the feed: replay it from another one.',
} as const;

export type SubscriptionFault = keyof typeof subscriptionFaults;

/** What keeps a target from being tried; undefined for any other error. */
export function faultOf(error: unknown): SubscriptionFault | undefined {
  if (error instanceof UnreadableSecret) return 'secret';
  return error instanceof UnboundTarget ? 'binding' : undefined;
}
