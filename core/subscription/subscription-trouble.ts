/** What an operator has to know of a subscription: why it delivers nothing, or not all. Pure. */
import { commandText } from '../package-name.ts';
import { type SubscriptionFault, subscriptionFaults } from './subscription-fault.ts';
import type { TargetHealth } from './target-health.ts';

export interface SubscriptionTrouble {
  readonly cause: string;
  readonly remedy: string;
}

/** Ours: as a reactor that fails is given up on. */
export const FAILED_LONG_MS = 900_000;

export interface TroubledSubscription {
  readonly status: 'active' | 'paused' | 'disabled';
  readonly fault: SubscriptionFault | null;
  readonly health: Pick<TargetHealth, 'failingSinceMs'>;
  /** Streams whose event was given up on. */
  readonly parked: number;
}

const command = commandText('subscriptions');

/** A subscription that an operator has paused is none. */
export function troubleOf(
  { status, fault, health: { failingSinceMs }, parked }: TroubledSubscription,
  nowMs: number,
): SubscriptionTrouble | undefined {
  if (status === 'paused') return undefined;
  if (status === 'disabled') {
    return {
      cause: 'The target of a subscription has answered 410: nothing is sent any more.',
      remedy: `\`${command} resume\`, once it takes events again, or \`${command} delete\`.`,
    };
  }
  if (fault !== null) {
    return { cause: 'A subscription cannot go on.', remedy: subscriptionFaults[fault] };
  }
  if (parked > 0) {
    return {
      cause:
        'Events of a subscription were given up on, after three days or for their size. Their streams wait.',
      remedy: `See \`${command} held\`: \`redrive\` once the target takes them, or \`skip\`.`,
    };
  }
  if (failingSinceMs !== null && nowMs - failingSinceMs >= FAILED_LONG_MS) {
    return {
      cause: 'The target of a subscription has taken nothing for 15 minutes or more.',
      remedy: `It is tried again by itself. See the attempts of \`${command} show\`.`,
    };
  }
  return undefined;
}
