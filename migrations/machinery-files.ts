/**
 * Ledge's own migrations, as they are shipped: numbered, and additive within a major version. A project has a copy of
 * each, so that wrangler applies them in the project's order.
 */
import { join } from 'node:path';
import { type Migration, readMigrations, releasedTables, tableOf } from './read-migrations.ts';

const MACHINERY_FOLDER = join(import.meta.dirname, 'machinery');

export function shippedMigrations(): Migration[] {
  return readMigrations(MACHINERY_FOLDER);
}

/** Those that the project has no copy of. */
export function uncopied(
  project: readonly Migration[],
  shipped: readonly Migration[],
): readonly Migration[] {
  const copied = new Set(project.map(({ copyOf }) => copyOf));
  return shipped.filter(({ copyOf }) => !copied.has(copyOf));
}

/** What follows the number in the copy's name: `ledge_tables` for `0001_tables.sql`. */
export function copyLabel({ file }: Migration): string {
  return file.replace(/^\d+_(.*)\.sql$/, 'ledge_$1');
}

/** Copies that differ or come twice, and other migrations that are about a table of Ledge's. */
export function machineryFaults(
  project: readonly Migration[],
  shipped: readonly Migration[],
): string[] {
  const own = releasedTables(shipped);
  return project.flatMap((migration, index) =>
    migration.copyOf === undefined
      ? takenNames(migration, own)
      : [...secondCopy(migration, project.slice(0, index)), ...editedCopy(migration, shipped)],
  );
}

/** Two branches may each have brought one. */
function secondCopy({ file, copyOf }: Migration, before: readonly Migration[]): string[] {
  const first = before.find((other) => other.copyOf === copyOf);
  if (!first) return [];
  return [
    `${file} is the same migration of Ledge's own as ${first.file}: delete the one that was not applied.`,
  ];
}

function takenNames({ file, statements }: Migration, own: ReadonlyMap<string, string>): string[] {
  return statements.flatMap((statement) => {
    const { verb, name = '' } = tableOf(statement) ?? {};
    if (verb === undefined || !own.has(name)) return [];
    return [
      `${file} has a statement about ${name}, a table of Ledge's own: take it out, and call a table of yours something else.`,
    ];
  });
}

/** A copy of a newer release's migration is kept: one release back is possible, since tables only grow. */
function editedCopy(copy: Migration, shipped: readonly Migration[]): string[] {
  const original = shipped.find(({ copyOf }) => copyOf === copy.copyOf);
  if (!original) return [];
  const { statements } = original;
  const length = Math.max(statements.length, copy.statements.length);
  const at = Array.from({ length }).findIndex(
    (_, index) => statements[index] !== copy.statements[index],
  );
  if (at < 0) return [];
  const table = tableOf(statements[at] ?? copy.statements[at] ?? '')?.name ?? 'a table';
  return [
    `${copy.file} differs from Ledge's own migration at ${table}: copy ${join(MACHINERY_FOLDER, original.file)} over it, and undo what was applied of the difference in a migration of your own.`,
  ];
}
