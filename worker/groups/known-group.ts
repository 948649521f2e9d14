/** The object of a group by its name, where the Worker has such objects. */
import { type Failure, wrongState } from '../../core/aggregate/outcome.ts';
import { GROUP_NAME } from '../api/inputs/groups.ts';
import type { GroupStub, LedgeEnv } from '../runtime/env.ts';
import { groupStub } from '../runtime/object-stubs.ts';

/** Undefined of what is asked: there is no such group. */
export async function onGroup<Found extends object>(
  env: LedgeEnv,
  tenant: string,
  name: string,
  ask: (object: GroupStub) => Promise<Found | Failure | undefined>,
): Promise<Found | Failure> {
  const refused = withoutGroups(env);
  if (refused) return refused;
  const unknown: Failure = { outcome: 'unknown', what: 'group', name };
  if (!GROUP_NAME.test(name)) return unknown;
  return (await ask(groupStub(env, tenant, name))) ?? unknown;
}

export function withoutGroups({ GROUP }: LedgeEnv): Failure | undefined {
  if (GROUP) return undefined;
  return wrongState(
    'The Worker has no binding GROUP: export GroupObject and bind it (docs/consumer-groups.md).',
  );
}
