/**
 * The schema lock: every event shape that was released, compared with the code, so that a deployment cannot make
 * stored events unreadable, open streams that have ended, nor take from consumers what was published to them.
 */

import * as z from 'zod';
import type { Aggregate } from './aggregate/aggregate.ts';
import type { EndingAggregate } from './aggregate/stream-end.ts';
import { type App, allAggregates } from './app.ts';
import {
  changedColumns,
  currentPersonalColumns,
  newColumns,
  type PersonalColumns,
  personalColumns,
  recordedColumns,
} from './plan/personal-lock.ts';
import {
  type Compatibilities,
  comparePublicShapes,
  compatibilitiesOf,
  currentPublicShapes,
  type PublicShapes,
  publicShapes,
} from './publication/public-lock.ts';
import { canonicalJson } from './values/json.ts';
import { schemaForm, withoutAnnotations } from './values/schema-form.ts';

/**
 * Every released shape of each event: aggregate → event type → schema versions, oldest first. Recorded in a file,
 * because events that are stored in any of them must stay readable. An aggregate with snapshots also has its
 * `stateVersion`, and one whose streams end the types that end them, under names that no event type can have.
 */
type LockedShapes = Readonly<Record<string, Readonly<Record<string, readonly unknown[]>>>>;

export interface SchemaLock {
  /** The release of zod that wrote the shapes: the JSON Schema of a zod schema differs between releases. */
  readonly zod: string | undefined;
  readonly shapes: LockedShapes;
  /** The versions of public events. */
  readonly published: PublicShapes;
  /** The personal columns of read models. */
  readonly personal: PersonalColumns;
}

/** The lock of an app, with what its publications allow. */
export interface CurrentLock extends SchemaLock {
  readonly compatibilities: Compatibilities;
}

const STATE_VERSION = '@stateVersion';
const ENDS_WITH = '@endsWith';
const NO_EVENTS = [STATE_VERSION, ENDS_WITH];
const ZOD = '@zod';
const PUBLIC = '@public';
const PERSONAL = '@personal';

/** The lock of the app's current definitions. */
export function schemaLock(app: App): CurrentLock {
  const { major, minor, patch } = z.core.version;
  const shapes = allAggregates(app).map((aggregate) => [
    aggregate.name,
    { ...shapesOf(aggregate), ...stateVersionOf(aggregate), ...endsOf(aggregate) },
  ]);
  return {
    zod: `${major}.${minor}.${patch}`,
    shapes: Object.fromEntries(shapes),
    published: currentPublicShapes(app),
    personal: currentPersonalColumns(app),
    compatibilities: compatibilitiesOf(app),
  };
}

function shapesOf({ events }: Aggregate): LockedShapes[string] {
  return Object.fromEntries(
    Object.entries(events).map(([type, { schemaVersions }]) => [
      type,
      schemaVersions.map(({ schema }) => z.toJSONSchema(schema, { unrepresentable: 'any' })),
    ]),
  );
}

function stateVersionOf({ snapshots }: Aggregate): LockedShapes[string] {
  return snapshots ? { [STATE_VERSION]: [snapshots.stateVersion] } : {};
}

function endsOf({ endsWith = [] }: EndingAggregate): LockedShapes[string] {
  return endsWith.length > 0 ? { [ENDS_WITH]: endsWith } : {};
}

/** The text of the lock file. No aggregate can be named `@zod`, `@public` or `@personal`. */
export function lockText({ zod, shapes, published, personal }: SchemaLock): string {
  const lock = {
    [ZOD]: zod,
    ...shapes,
    ...(Object.keys(published).length > 0 && { [PUBLIC]: published }),
    ...(Object.keys(personal).length > 0 && { [PERSONAL]: personal }),
  };
  return `${JSON.stringify(lock, null, 2)}\n`;
}

/** @throws when the text is not a lock file */
export function parseLock(text: string): SchemaLock {
  const {
    [ZOD]: zod,
    [PUBLIC]: published = {},
    [PERSONAL]: personal = {},
    ...shapes
  } = lockFile.parse(JSON.parse(text));
  return { zod, shapes, published, personal };
}

const lockFile = z
  .object({
    [ZOD]: z.string().optional(),
    [PUBLIC]: publicShapes.optional(),
    [PERSONAL]: personalColumns.optional(),
  })
  .catchall(z.record(z.string(), z.array(z.unknown())));

/**
 * The released lock as the current release of zod writes it, for the shapes that both have. Valid only if no definition
 * has changed, which only the version history can show.
 */
export function rebased(released: SchemaLock, current: SchemaLock): SchemaLock {
  const shapes = Object.entries(released.shapes).map(([aggregate, types]) => [
    aggregate,
    Object.fromEntries(
      Object.entries(types).map(([type, versions]) => [
        type,
        NO_EVENTS.includes(type)
          ? versions
          : versions.map((shape, index) => current.shapes[aggregate]?.[type]?.[index] ?? shape),
      ]),
    ),
  ]);
  return { ...released, zod: current.zod, shapes: Object.fromEntries(shapes) };
}

/** The lock to write: of the current definitions, and what stays in force of the released one. */
export function recordedLock(released: SchemaLock, current: SchemaLock): SchemaLock {
  return { ...current, personal: recordedColumns(released.personal, current.personal) };
}

export interface LockComparison {
  /**
   * Changes that would make stored events unreadable or misread, open what has ended or was sealed, or break consumers of
   * public events, each with the remedy.
   */
  readonly broken: readonly string[];
  /** New shapes that are not recorded yet. */
  readonly unrecorded: readonly string[];
}

/**
 * Compares the app's definitions with the released lock. `today`: an ISO date; left out, no promise of a deprecated version
 * has ended.
 */
export function compareLocks(
  released: SchemaLock,
  current: CurrentLock,
  today = '',
): LockComparison {
  const { compatibilities } = current;
  const published = comparePublicShapes(released.published, current.published, compatibilities, {
    today,
    form: formBy(released, current),
  });
  return {
    broken: [
      ...published.broken,
      ...shapesIn(released).flatMap((shape) => brokenBy(current, shape, sameBy(released, current))),
      ...Object.keys(released.shapes).flatMap((aggregate) =>
        staleSnapshots(released, current, aggregate),
      ),
      ...Object.keys(released.shapes).flatMap((aggregate) =>
        reopenedStreams(released, current, aggregate),
      ),
      ...changedColumns(released.personal, current.personal),
    ],
    unrecorded: [
      ...published.unrecorded,
      ...unrecordedShapes(released, current).map(nameOf),
      ...Object.keys(current.shapes).flatMap((aggregate) =>
        newStateVersion(released, current, aggregate),
      ),
      ...Object.keys(current.shapes).flatMap((aggregate) => newEnds(released, current, aggregate)),
      ...newColumns(released.personal, current.personal),
    ],
  };
}

function unrecordedShapes(released: SchemaLock, current: SchemaLock): Shape[] {
  return shapesIn(current).filter(
    ({ aggregate, type, index }) => released.shapes[aggregate]?.[type]?.[index] === undefined,
  );
}

function stateVersionIn(lock: SchemaLock, aggregate: string): number | undefined {
  const version = lock.shapes[aggregate]?.[STATE_VERSION]?.[0];
  return typeof version === 'number' ? version : undefined;
}

/** Snapshots are not upcast: a state from older shapes stays in use until `stateVersion` is raised. */
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

function endsIn(lock: SchemaLock, aggregate: string): readonly unknown[] {
  return lock.shapes[aggregate]?.[ENDS_WITH] ?? [];
}

/** The newest event of a stream is its only mark: without the name the stream would go on. */
function reopenedStreams(released: SchemaLock, current: SchemaLock, aggregate: string): string[] {
  const now = endsIn(current, aggregate);
  return endsIn(released, aggregate)
    .filter((type) => !now.includes(type))
    .map(
      (type) =>
        `${type} is released as an end of ${aggregate} and no longer is one: streams that ended with it would take commands again. Bring ${type} back into endsWith.`,
    );
}

function newEnds(released: SchemaLock, current: SchemaLock, aggregate: string): string[] {
  const before = endsIn(released, aggregate);
  return endsIn(current, aggregate)
    .filter((type) => !before.includes(type))
    .map((type) => `${aggregate} ends with ${type}`);
}

interface Shape {
  readonly aggregate: string;
  readonly type: string;
  readonly index: number;
  readonly schema: unknown;
}

function shapesIn({ shapes }: SchemaLock): Shape[] {
  return Object.entries(shapes).flatMap(([aggregate, types]) =>
    Object.entries(types)
      .filter(([type]) => !NO_EVENTS.includes(type))
      .flatMap(([type, schemas]) =>
        schemas.map((schema, index) => ({ aggregate, type, index, schema })),
      ),
  );
}

function nameOf({ aggregate, type, index }: Shape): string {
  return `${aggregate} ${type} schema version ${index + 1}`;
}

function brokenBy(
  current: SchemaLock,
  shape: Shape,
  isSame: (one: unknown, other: unknown) => boolean,
): string[] {
  const { aggregate, type, index, schema } = shape;
  const versions = current.shapes[aggregate]?.[type];
  if (versions === undefined) {
    return [
      `${nameOf(shape)} is gone: streams that hold it could not be read. Bring ${type} back.`,
    ];
  }
  const now = versions[index];
  if (now === undefined) {
    return [`${nameOf(shape)} is gone: bring it back, with the upcaster that follows it.`];
  }
  if (isSame(now, schema)) return [];
  return [
    `${nameOf(shape)} is released and differs now. Events stored in it stay as they are: bring the old schema back and add the new one with .upcast(schema, (v${index + 1}) => …).`,
  ];
}

function sameBy(released: SchemaLock, current: SchemaLock) {
  const form = formBy(released, current);
  return (one: unknown, other: unknown) => canonicalJson(form(one)) === canonicalJson(form(other));
}

/**
 * Shapes of one release of zod are compared directly. Shapes of two releases are compared in a common form, without the
 * patterns of named formats.
 */
function formBy(released: SchemaLock, current: SchemaLock): (schema: unknown) => unknown {
  return released.zod === current.zod ? withoutAnnotations : schemaForm;
}
