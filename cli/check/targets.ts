/** The bindings that LEDGE_TARGETS allows subscriptions to send to: each is a queue or a service, and none is Ledge's own. */
import { isOwnBinding } from '../../core/protocol/deployment-names.ts';
import type { Project } from '../../migrations/project.ts';
import { placeOf } from './place.ts';

export function targetFaults(project: Project): string[] {
  const { vars, queues, services = [] } = project.config;
  const { LEDGE_TARGETS: declared } = vars;
  if (typeof declared !== 'string') return [];
  const own = new Set<string>(Object.values(project.bindings));
  const bound = [...(queues.producers ?? []), ...services].map(({ binding }) => binding);
  return declared
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
    .flatMap((name) => {
      if (own.has(name) || isOwnBinding(name))
        return `LEDGE_TARGETS names ${name}, a binding of Ledge: take it out in ${placeOf(project)}.`;
      if (bound.includes(name)) return [];
      return `LEDGE_TARGETS names ${name}, which is no queue and no service: add it to queues.producers or services, or take it out, in ${placeOf(project)}.`;
    });
}
