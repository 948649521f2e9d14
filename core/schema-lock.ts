import { z } from 'zod';
import { type App, allAggregates } from './app.ts';
import { canonicalJson } from './json.ts';

/**
 * Every shape in which an event was ever released: aggregate → event type → schema versions, oldest first. Recorded
 * in a file, because events stored in any of them have to stay readable for ever.
 */
export type SchemaLock = Readonly<Record<string, Readonly<Record<string, readonly unknown[]>>>>;

/** The lock that the app's definitions amount to. */
export function schemaLock(app: App): SchemaLock {
  return Object.fromEntries(
    allAggregates(app).map(({ name, events }) => [
      name,
      Object.fromEntries(
        Object.entries(events).map(([type, { schemaVersions }]) => [
          type,
          schemaVersions.map(({ schema }) => z.toJSONSchema(schema, { unrepresentable: 'any' })),
        ]),
      ),
    ]),
  );
}

export interface LockComparison {
  /** What would make stored events unreadable or misread, each with what to do. */
  readonly broken: readonly string[];
  /** What is new and not recorded yet. */
  readonly unrecorded: readonly string[];
}

/** Holds the app's definitions against what was released. */
export function compareLocks(released: SchemaLock, current: SchemaLock): LockComparison {
  return {
    broken: shapes(released).flatMap((shape) => brokenBy(current, shape)),
    unrecorded: shapes(current)
      .filter(({ aggregate, type, index }) => released[aggregate]?.[type]?.[index] === undefined)
      .map(nameOf),
  };
}

interface Shape {
  readonly aggregate: string;
  readonly type: string;
  readonly index: number;
  readonly schema: unknown;
}

function shapes(lock: SchemaLock): Shape[] {
  return Object.entries(lock).flatMap(([aggregate, types]) =>
    Object.entries(types).flatMap(([type, schemas]) =>
      schemas.map((schema, index) => ({ aggregate, type, index, schema })),
    ),
  );
}

function nameOf({ aggregate, type, index }: Shape): string {
  return `${aggregate} ${type} schema version ${index + 1}`;
}

function brokenBy(current: SchemaLock, shape: Shape): string[] {
  const { aggregate, type, index, schema } = shape;
  const versions = current[aggregate]?.[type];
  if (versions === undefined) {
    return [
      `${nameOf(shape)} is gone: streams that hold it could not be read. Bring ${type} back.`,
    ];
  }
  const now = versions[index];
  if (now === undefined) {
    return [`${nameOf(shape)} is gone: bring it back, with the upcaster that follows it.`];
  }
  if (canonicalJson(now) === canonicalJson(schema)) return [];
  return [
    `${nameOf(shape)} is released and differs now. Events stored in it stay as they are: bring the old schema back and add the new one with .upcast(schema, (v${index + 1}) => …).`,
  ];
}
