/** The target of a delivery, and what is wrong with one that is asked for. */
import { type Failure, invalid } from '../../../core/aggregate/outcome.ts';
import type { SubscriptionTarget } from '../../../core/subscription/target.ts';
import type { Delivery } from '../../../durable-objects/index.ts';
import type { LedgeEnv } from '../../runtime/env.ts';
import type { Platform } from '../../runtime/platform.ts';
import { targetFault } from '../target-fault.ts';
import { bindingFault } from './bound-targets.ts';
import { queueTarget } from './queue-target.ts';
import { serviceTarget } from './service-target.ts';
import type { Target } from './target.ts';
import { webhookTarget } from './webhook-target.ts';

type Addressed = Pick<Delivery, 'tenant' | 'subscription' | 'target' | 'secrets' | 'isBatch'>;

export function targetOf(
  env: LedgeEnv,
  { fetch, nowMs }: Pick<Platform, 'fetch' | 'nowMs'>,
  { tenant, subscription, target, secrets, isBatch }: Addressed,
): Target {
  if ('queue' in target) return queueTarget(env, { nowMs }, target.queue);
  if ('service' in target) return serviceTarget(env, { nowMs }, target.service);
  const owner = { tenant, subscription };
  return webhookTarget(env, { fetch, nowMs }, { url: target.url, isBatch, owner, secrets });
}

/** Undefined for one that events may be sent to. */
export function refusedTarget(env: LedgeEnv, target: SubscriptionTarget): Failure | undefined {
  const refused = (member: string, fault: string | undefined) =>
    fault === undefined ? undefined : invalid(`/target/${member}`, fault);
  if ('queue' in target) return refused('queue', bindingFault(env, target.queue, 'queue'));
  if ('service' in target) return refused('service', bindingFault(env, target.service, 'service'));
  return refused('url', targetFault(target.url, env.LEDGE_LOCAL_DEVELOPMENT === 'true'));
}
