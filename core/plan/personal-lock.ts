/**
 * The personal columns of released read models, compared with the code. Rows that are stored stay as they are: what was open
 * would stay plain once its subject is forgotten, and what was sealed would be returned as it is.
 */
import * as z from 'zod';
import type { App } from '../app.ts';
import type { ReadModelTable } from '../projection/table.ts';
import { isOpenColumn, subjectOfColumn } from '../sealed/personal-column.ts';
import { definedGenerations } from './projection-version.ts';

const personalColumn = z.object({ subject: z.string(), open: z.boolean() });

type PersonalColumn = z.output<typeof personalColumn>;

/** By projection, version and `table.column`. */
export const personalColumns = z.record(
  z.string(),
  z.record(z.string(), z.record(z.string(), personalColumn)),
);

export type PersonalColumns = z.output<typeof personalColumns>;

/** Of every version that the app's code defines, also those without any. */
export function currentPersonalColumns(app: App): PersonalColumns {
  const versions = definedGenerations(app).flatMap((one) =>
    one.kind === 'projection' ? [one] : [],
  );
  return Object.fromEntries(
    Array.from(
      Map.groupBy(versions, ({ name }) => name),
      ([name, own]) => [
        name,
        Object.fromEntries(
          own.map(({ version, tables }) => [
            version,
            Object.fromEntries(tables.flatMap(personalColumnsOf)),
          ]),
        ),
      ],
    ),
  );
}

function personalColumnsOf({ name: table, definition }: ReadModelTable) {
  return Object.entries(definition.columns).flatMap(([name, column]) => {
    const subject = subjectOfColumn(column);
    if (subject === undefined) return [];
    return [[`${table}.${name}`, { subject, open: isOpenColumn(column) }] as const];
  });
}

/** What a lock has: versions with personal columns, also those that the code no longer defines, since it may again. */
export function recordedColumns(
  released: PersonalColumns,
  current: PersonalColumns,
): PersonalColumns {
  const all = [...versionsIn(released), ...versionsIn(current)];
  const personal = all.filter(({ columns }) => Object.keys(columns).length > 0);
  return Object.fromEntries(
    Array.from(
      Map.groupBy(personal, ({ projection }) => projection),
      ([projection, own]) => [
        projection,
        Object.fromEntries(own.map(({ version, columns }) => [version, columns])),
      ],
    ),
  );
}

interface Version {
  readonly projection: string;
  readonly version: string;
  readonly columns: Readonly<Record<string, PersonalColumn>>;
}

function versionsIn(all: PersonalColumns): Version[] {
  return Object.entries(all).flatMap(([projection, versions]) =>
    Object.entries(versions).map(([version, columns]) => ({ projection, version, columns })),
  );
}

/** The columns that a released version has in another way now, each with the remedy. */
export function changedColumns(released: PersonalColumns, current: PersonalColumns): string[] {
  return versionsIn(released).flatMap(({ projection, version, columns: before }) => {
    const now = current[projection]?.[version];
    if (now === undefined) return [];
    const names = new Set([...Object.keys(before), ...Object.keys(now)]);
    return [...names]
      .map((name) => ({ name, was: describe(before[name]), is: describe(now[name]) }))
      .filter(({ was, is }) => was !== is)
      .map(
        ({ name, was, is }) =>
          `${name} is released as ${was} in version ${version} of ${projection}, and is ${is} now: stored rows stay as they were. Bring the column back, or raise the version of ${projection}.`,
      );
  });
}

function describe(column: PersonalColumn | undefined): string {
  if (column === undefined) return 'not personal';
  return `${column.open ? 'open' : 'sealed'}, of ${column.subject}`;
}

/** The versions with personal columns that the lock does not have. */
export function newColumns(released: PersonalColumns, current: PersonalColumns): string[] {
  return versionsIn(current)
    .filter(({ columns }) => Object.keys(columns).length > 0)
    .filter(({ projection, version }) => released[projection]?.[version] === undefined)
    .map(({ projection, version }) => `the personal columns of ${projection} version ${version}`);
}
