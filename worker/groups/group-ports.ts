/** What the objects of consumer groups are given of the Worker. */
import { groupId } from '../../core/group/reader-id.ts';
import type { GroupPorts } from '../../durable-objects/index.ts';
import { reportIncidents, resolveIncidents } from '../incidents/incidents.ts';
import { feedReader } from '../publications/feed/page-for-object.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import type { Machinery } from '../runtime/machinery.ts';
import { register } from '../wake-ups/registrations.ts';

export function groupPortsOf(machinery: Machinery): GroupPorts<LedgeEnv> {
  const { databases, platform } = machinery;
  const { nowMs, log } = platform;
  return {
    ...{ nowMs, log },
    readFeed: feedReader(machinery),
    register: async (env, tenant, publication, name) => {
      const { database } = await databases.of(env, tenant);
      return register(database, { tenant, publication, id: groupId(name) });
    },
    reportIncident: (env, incident) => reportIncidents(env, log, [incident]),
    resolveIncident: (env, resolved) => resolveIncidents(env, log, [resolved]),
  };
}
