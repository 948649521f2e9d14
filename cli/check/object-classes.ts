/** The classes of Ledge's Durable Objects: stored in SQLite, and exported by the Worker's main module beside its handlers. */
import { relative } from 'node:path';
import { bundle } from '../../migrations/bundle.ts';
import type { Project } from '../../migrations/project.ts';
import { objectBindings } from './bindings.ts';
import { placeOf } from './place.ts';

export function storageFaults(project: Project): string[] {
  const stored = sqliteClasses(project);
  return ownClasses(project)
    .filter((name) => !stored.has(name))
    .map(
      (name) =>
        `${name} has no SQLite storage: add exports.${name} with type "durable-object" and storage "sqlite" in ${placeOf(project)}.`,
    );
}

/** @throws Error for a main module that does not build */
export async function exportFaults(project: Project): Promise<string[]> {
  const { main } = project.config;
  if (main === undefined)
    return [`main is missing: name the Worker's module in ${placeOf(project)}.`];
  const { exports } = await bundle(main);
  return [...ownClasses(project), 'default']
    .filter((name) => !exports.includes(name))
    .map(
      (name) => `${relative('.', main)} does not export ${name}: export what ledge(app) returns.`,
    );
}

/** Of the bindings that there are; the class of another Worker is that one's business. */
function ownClasses(project: Project): string[] {
  const own = new Set(objectBindings(project).map(({ binding }) => binding));
  return project.config.durable_objects.bindings
    .filter(({ name, script_name }) => own.has(name) && script_name === undefined)
    .map(({ class_name }) => class_name);
}

/** Declared as exports, or by the older list of migrations of classes. */
function sqliteClasses({ config: { exports, migrations } }: Project): Set<string> {
  const declared = Object.entries(exports ?? {}).flatMap(([name, declaration]) =>
    'storage' in declaration && declaration.storage === 'sqlite' ? [name] : [],
  );
  const migrated = migrations.flatMap(
    ({ new_sqlite_classes = [], renamed_classes = [], transferred_classes = [] }) => [
      ...new_sqlite_classes,
      ...[...renamed_classes, ...transferred_classes].map(({ to }) => to),
    ],
  );
  return new Set([...declared, ...migrated]);
}
