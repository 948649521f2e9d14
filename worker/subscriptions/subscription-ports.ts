/** What the objects of subscriptions are given of the Worker. */
import { hasPersonalData } from '../../core/personal-data.ts';
import type { SubscriptionPorts } from '../../durable-objects/index.ts';
import { reportIncidents, resolveIncidents } from '../incidents/incidents.ts';
import { type PersonalReader, shownPersonal } from '../personal/show-personal.ts';
import { sourceOf } from '../publications/feed/cloud-event.ts';
import { feedReader } from '../publications/feed/page-for-object.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import type { Machinery } from '../runtime/machinery.ts';
import { register } from '../wake-ups/registrations.ts';
import type { TargetEvent } from './targets/target.ts';
import { targetOf } from './targets/target-of.ts';
import { resealedSecret } from './webhook-secret.ts';

/** Of the event that tries a target. No app has a type of this name in use: it is not in any feed. */
const TEST_TYPE = 'ledge.subscription.test';

export function subscriptionPortsOf(machinery: Machinery): SubscriptionPorts<LedgeEnv> {
  const { databases, platform } = machinery;
  const { nowMs, newId, log } = platform;
  return {
    ...{ nowMs, log },
    readFeed: feedReader(machinery),
    deliver: async (env, delivery) => {
      const { tenant, events, opensPersonal } = delivery;
      const reader = { machinery, env, tenant, opensPersonal };
      return targetOf(env, platform, delivery).send(await shownTo(reader, events));
    },
    testEvent: (tenant, subscription, { publication }, atMs) => {
      const id = `${publication}/test/${newId()}`;
      const event = {
        ...{ specversion: '1.0', id, source: sourceOf({ tenant, publication }), type: TEST_TYPE },
        ...{ time: new Date(atMs).toISOString(), datacontenttype: 'application/json' },
        data: { subscription },
      };
      return { id, text: JSON.stringify(event) };
    },
    resealed: (env, tenant, subscription, sealed) =>
      resealedSecret(env, { tenant, subscription }, sealed),
    register: async (env, tenant, publication, id) => {
      const { database } = await databases.of(env, tenant);
      return register(database, { tenant, publication, id });
    },
    reportIncident: (env, incident) => reportIncidents(env, log, [incident]),
    resolveIncident: (env, resolved) => resolveIncidents(env, log, [resolved]),
  };
}

/** At each attempt, since its subject may have been forgotten after the last one. */
async function shownTo(
  reader: PersonalReader,
  events: readonly TargetEvent[],
): Promise<readonly TargetEvent[]> {
  if (!hasPersonalData(reader.machinery.app)) return events;
  const plain = events.map(({ text }): unknown => JSON.parse(text));
  const shown = await shownPersonal(reader, plain);
  return events.map(({ id }, index) => ({ id, text: JSON.stringify(shown[index]) }));
}
