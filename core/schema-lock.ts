import { z } from 'zod';
import type { Aggregate } from './aggregate.ts';
import { type App, allAggregates } from './app.ts';
import { canonicalJson } from './json.ts';

/**
 * Every shape in which an event was ever released: aggregate → event type → schema versions, oldest first. Recorded
 * in a file, because events stored in any of them have to stay readable for ever. Beside its event types an aggregate
 * with snapshots has their `stateVersion`, under a name that no event type can have.
 */
export type SchemaLock = Readonly<Record<string, Readonly<Record<string, readonly unknown[]>>>>;

const STATE_VERSION = '@stateVersion';

/** The lock that the app's definitions amount to. */
export function schemaLock(app: App): SchemaLock {
  return Object.fromEntries(
    allAggregates(app).map((aggregate) => [
      aggregate.name,
      { ...shapesOf(aggregate), ...stateVersionOf(aggregate) },
    ]),
  );
}

function shapesOf({ events }: Aggregate): SchemaLock[string] {
  return Object.fromEntries(
    Object.entries(events).map(([type, { schemaVersions }]) => [
      type,
      schemaVersions.map(({ schema }) => z.toJSONSchema(schema, { unrepresentable: 'any' })),
    ]),
  );
}

function stateVersionOf({ snapshots }: Aggregate): SchemaLock[string] {
  return snapshots ? { [STATE_VERSION]: [snapshots.stateVersion] } : {};
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
    broken: [
      ...shapes(released).flatMap((shape) => brokenBy(current, shape)),
      ...Object.keys(released).flatMap((aggregate) => staleSnapshots(released, current, aggregate)),
    ],
    unrecorded: [
      ...unrecordedShapes(released, current).map(nameOf),
      ...Object.keys(current).flatMap((aggregate) => newStateVersion(released, current, aggregate)),
    ],
  };
}

function unrecordedShapes(released: SchemaLock, current: SchemaLock): Shape[] {
  return shapes(current).filter(
    ({ aggregate, type, index }) => released[aggregate]?.[type]?.[index] === undefined,
  );
}

function stateVersionIn(lock: SchemaLock, aggregate: string): number | undefined {
  const version = lock[aggregate]?.[STATE_VERSION]?.[0];
  return typeof version === 'number' ? version : undefined;
}

/** A snapshot is never lifted: the states that older shapes led to stay in use until `stateVersion` is raised. */
function staleSnapshots(released: SchemaLock, current: SchemaLock, aggregate: string): string[] {
  const [before, now] = [stateVersionIn(released, aggregate), stateVersionIn(current, aggregate)];
  if (before === undefined || now === undefined || now > before) return [];
  if (now < before) {
    return [
      `${aggregate} has stateVersion ${now}, and ${before} is released: snapshots of an older release would be used again. Raise it above ${before}.`,
    ];
  }
  return unrecordedShapes(released, current)
    .filter((shape) => shape.aggregate === aggregate && shape.index > 0)
    .map(
      (shape) =>
        `${nameOf(shape)} is new, and snapshots of ${aggregate} hold states that the shape before led to. Raise stateVersion above ${before}.`,
    );
}

function newStateVersion(released: SchemaLock, current: SchemaLock, aggregate: string): string[] {
  const now = stateVersionIn(current, aggregate);
  const isKnown = now === undefined || now === stateVersionIn(released, aggregate);
  return isKnown ? [] : [`${aggregate} stateVersion ${now}`];
}

interface Shape {
  readonly aggregate: string;
  readonly type: string;
  readonly index: number;
  readonly schema: unknown;
}

function shapes(lock: SchemaLock): Shape[] {
  return Object.entries(lock).flatMap(([aggregate, types]) =>
    Object.entries(types)
      .filter(([type]) => type !== STATE_VERSION)
      .flatMap(([type, schemas]) =>
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
