/**
 * Several databases: numbered without a gap, each with the tables of the first, and with queues that can be shared out to
 * them. Databases under other names are the project's own.
 */
import { JURISDICTIONS_RULE, parseJurisdictions } from '../../core/protocol/jurisdictions.ts';
import type { Project } from '../../migrations/project.ts';
import { migrationsFolder } from '../../migrations/project.ts';
import { eventQueuesOf } from './event-queues.ts';
import { unusedText } from './numbered-bindings.ts';
import { placeOf } from './place.ts';
import {
  boundDatabases,
  type DatabaseBinding,
  databaseBindings,
  databasesOf,
} from './project-databases.ts';

export function databaseFaults(project: Project): string[] {
  const databases = boundDatabases(project);
  const names = databaseBindings(project);
  const place = placeOf(project);
  return [
    ...databases.unused.map(
      ({ binding }) =>
        `No tenant lives in the database of the binding ${binding}: ${unusedText('databases', names, databases, place)}`,
    ),
    ...databases.bound.flatMap((one) => [
      ...sameDatabaseFaults(databases.bound, one, place),
      ...migrationFaults(project, one),
    ]),
    ...sharingFaults(project),
    ...jurisdictionFaults(project),
  ];
}

function sameDatabaseFaults(
  bound: readonly DatabaseBinding[],
  database: DatabaseBinding,
  place: string,
): string[] {
  const first = bound.find((one) => isSame(one, database));
  if (first === undefined || first === database) return [];
  return [
    `${first.binding} and ${database.binding} are bound to the same database ${database.database_name ?? database.database_id}: bind each to its own in ${place}.`,
  ];
}

/** The id decides; before a deployment there may be a name alone. */
function isSame(one: DatabaseBinding, other: DatabaseBinding): boolean {
  if (one.database_id !== undefined && other.database_id !== undefined)
    return one.database_id === other.database_id;
  return one.database_name !== undefined && one.database_name === other.database_name;
}

/** The tables of one folder are compared with the app: every database has them. */
function migrationFaults({ config, bindings, folder }: Project, { binding }: DatabaseBinding) {
  const [first, own] = [bindings.DB, binding].map((one) => migrationsFolder(config, one, folder));
  if (own === first) return [];
  return [
    `The database ${binding} has its migrations from ${own}, and ${bindings.DB} from ${first}: set its migrations_dir to that of ${bindings.DB}.`,
  ];
}

function sharingFaults(project: Project): string[] {
  const databases = boundDatabases(project).bound.length;
  const queues = eventQueuesOf(project).bound.length;
  if (queues <= 1 || databases === 0 || queues % databases === 0) return [];
  return [
    `${queues} queues cannot be shared out to ${databases} databases, so that each batch may hold up all of them: bind one queue, or ${databases} or a multiple, in ${placeOf(project)}.`,
  ];
}

/** `DB_2:eu`: of each database that is in one. */
function jurisdictionFaults(project: Project): string[] {
  const { LEDGE_JURISDICTIONS: declared } = project.config.vars;
  if (typeof declared !== 'string') return [];
  const named = parseJurisdictions(declared);
  if (!named) return [`${JURISDICTIONS_RULE} Correct it in ${placeOf(project)}.`];
  const bound = databasesOf(project).map(({ name }) => name);
  return [...named.keys()]
    .filter((name) => !bound.includes(name))
    .map(
      (name) =>
        `LEDGE_JURISDICTIONS names the database ${name}, and there are ${bound.join(', ')}: bind it, or take it out, in ${placeOf(project)}.`,
    );
}
