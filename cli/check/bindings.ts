/** The bindings that a Ledge Worker asks its environment for. */
import type { Project } from '../../migrations/project.ts';
import { placeOf } from './place.ts';

/** By binding, the class as `ledge(app)` calls it. A project may export it under another name. */
export const OBJECTS = {
  AGGREGATE: 'AggregateObject',
  HEALTH: 'HealthObject',
  LIVE: 'LiveObject',
  REBUILD: 'RebuildObject',
} as const;

export const EVENTS = 'EVENTS';

export function bindingFaults(project: Project): string[] {
  const { durable_objects, queues } = project.config;
  const missing = (what: string, add: string) =>
    `${what} is missing: add ${add} in ${placeOf(project)}.`;
  return [
    ...Object.entries(OBJECTS)
      .filter(([binding]) => durable_objects.bindings.every(({ name }) => name !== binding))
      .map(([binding, name]) =>
        missing(
          `The binding ${binding} of a Durable Object`,
          `name "${binding}" with class_name "${name}" to durable_objects.bindings`,
        ),
      ),
    ...((queues.producers ?? []).some(({ binding }) => binding === EVENTS)
      ? []
      : [missing(`The binding ${EVENTS} of a queue`, 'it to queues.producers')]),
    ...(hasDatabase(project)
      ? []
      : [missing(`The binding ${project.database} of a D1 database`, 'it to d1_databases')]),
  ];
}

/** Without it the folder of migrations is unknown. */
export function hasDatabase({ config, database }: Project): boolean {
  return config.d1_databases.some(({ binding }) => binding === database);
}
