/** The D1 databases of a project that tenants live in: the bindings `DB`, `DB_2` and so on, without a gap. */
import { databaseNames, furtherDatabases } from '../../core/protocol/deployment-names.ts';
import type { Project } from '../../migrations/project.ts';
import { type NumberedBindings, numberedBindings } from './numbered-bindings.ts';

export type DatabaseBinding = Project['config']['d1_databases'][number];

export interface ProjectDatabase extends DatabaseBinding {
  /** As Ledge calls it, `DB_2`, whatever the project's binding is. */
  readonly name: string;
}

/** Every binding of such a database that a project may have. */
export function databaseBindings({ bindings }: Project): string[] {
  return [bindings.DB, ...furtherDatabases(bindings.DB)];
}

export function boundDatabases(project: Project): NumberedBindings<DatabaseBinding> {
  return numberedBindings(databaseBindings(project), project.config.d1_databases);
}

/** In the order of their numbers. */
export function databasesOf(project: Project): ProjectDatabase[] {
  const { bound } = boundDatabases(project);
  return bound.map((one, index) => ({ ...one, name: databaseNames[index] ?? one.binding }));
}
