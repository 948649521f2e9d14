/** The bindings that a Ledge Worker asks its environment for. */
import { isOptionalBinding } from '../../core/protocol/deployment-names.ts';
import type { Project } from '../../migrations/project.ts';
import { placeOf } from './place.ts';

/** The classes as `ledge(app)` names them. A project may export them under other names. */
const OBJECTS = {
  AGGREGATE: 'AggregateObject',
  HEALTH: 'HealthObject',
  LIVE: 'LiveObject',
  REBUILD: 'RebuildObject',
  SUBSCRIPTION: 'SubscriptionObject',
  GROUP: 'GroupObject',
} as const;

/** The project's binding of each object, with the class that `ledge(app)` makes for it, and whether it may lack it. */
export function objectBindings({ bindings }: Pick<Project, 'bindings'>) {
  const names = ['AGGREGATE', 'HEALTH', 'LIVE', 'REBUILD', 'SUBSCRIPTION', 'GROUP'] as const;
  return names.map((own) => ({
    ...{ binding: bindings[own], name: OBJECTS[own] },
    isOptional: isOptionalBinding(own),
  }));
}

export function bindingFaults(project: Project): string[] {
  const { bindings } = project;
  const { durable_objects, queues } = project.config;
  const missing = (what: string, add: string) =>
    `${what} is missing: add ${add} in ${placeOf(project)}.`;
  return [
    ...objectBindings(project)
      .filter(({ isOptional }) => !isOptional)
      .filter(({ binding }) => durable_objects.bindings.every(({ name }) => name !== binding))
      .map(({ binding, name }) =>
        missing(
          `The binding ${binding} of a Durable Object`,
          `name "${binding}" with class_name "${name}" to durable_objects.bindings`,
        ),
      ),
    ...((queues.producers ?? []).some(({ binding }) => binding === bindings.EVENTS)
      ? []
      : [missing(`The binding ${bindings.EVENTS} of a queue`, 'it to queues.producers')]),
    ...(hasDatabase(project)
      ? []
      : [missing(`The binding ${bindings.DB} of a D1 database`, 'it to d1_databases')]),
  ];
}

/** Without it the folder of migrations is unknown. */
export function hasDatabase({ config, bindings }: Project): boolean {
  return config.d1_databases.some(({ binding }) => binding === bindings.DB);
}
