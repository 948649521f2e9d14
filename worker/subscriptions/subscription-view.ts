/** A subscription as operators are shown it: without its secrets, and with its position as the caller reads positions. */
import type { SubscriptionView } from '../../core/operator-shapes/subscription.ts';
import { subscriptionFaults } from '../../core/subscription/subscription-fault.ts';
import { isBroken } from '../../core/subscription/target-health.ts';
import { utcText } from '../../core/values/time.ts';
import type { SubscriptionState } from '../../durable-objects/index.ts';
import type { ShownPositions } from '../access/sealed-positions.ts';

export function subscriptionView(
  id: string,
  { definition, secrets, status, reason, fault, cursor, health, held, attempts }: SubscriptionState,
  shown: ShownPositions,
): SubscriptionView {
  const { publication, target, batch, isUnordered, types, createdAt, createdBy } = definition;
  const { failingSinceMs, quietUntilMs } = health;
  const previous = secrets.find(({ untilMs }) => untilMs !== null);
  const failing = failingSinceMs === null ? 'healthy' : 'failing';
  return {
    ...{ id, publication, types, personal: definition.opensPersonal ?? false },
    ...{ batch, order: isUnordered ? 'none' : 'stream' },
    ...{ status, reason },
    fault: fault === null ? null : subscriptionFaults[fault],
    ...{ createdAt, createdBy },
    previousUntil: timeOf(previous?.untilMs ?? null),
    position: shown.of(cursor),
    target: {
      ...target,
      state: isBroken(health) ? 'broken' : failing,
      failingSince: timeOf(failingSinceMs),
      quietUntil: timeOf(quietUntilMs === 0 ? null : quietUntilMs),
    },
    held,
    attempts,
  };
}

function timeOf(ms: number | null): string | null {
  return ms === null ? null : utcText(ms);
}
