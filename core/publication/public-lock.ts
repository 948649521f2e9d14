/**
 * The released versions of public events, compared with the code: a deployment must not change what consumers rely on, nor
 * take it away before its date.
 */
import * as z from 'zod';
import { type App, publicationsOf } from '../app.ts';
import type { Compatibility } from './publication.ts';
import { gapBetween } from './schema-inclusion.ts';

const publicShape = z.object({ schema: z.unknown(), deprecated: z.string().exactOptional() });

/** By type and version. */
export const publicShapes = z.record(z.string(), z.record(z.string(), publicShape));

export type PublicShapes = z.output<typeof publicShapes>;

type PublicShape = z.output<typeof publicShape>;

/** Of the app's current definitions. */
export function currentPublicShapes(app: App): PublicShapes {
  const events = publicationsOf(app).flatMap((one) => Object.entries(one.events));
  return Object.fromEntries(
    events.map(([type, versions]) => [
      type,
      Object.fromEntries(
        versions.map(({ version, schema, deprecated }) => [
          version,
          {
            schema: z.toJSONSchema(schema, { unrepresentable: 'any' }),
            ...(deprecated !== undefined && { deprecated }),
          },
        ]),
      ),
    ]),
  );
}

/** By type: a type of several publications has to keep to the rules of all of them. */
export type Compatibilities = Readonly<Record<string, readonly Compatibility[]>>;

export function compatibilitiesOf(app: App): Compatibilities {
  const modes = publicationsOf(app).flatMap(({ events, compatibility }) =>
    Object.keys(events).map((type) => ({ type, compatibility })),
  );
  const byType = Map.groupBy(modes, ({ type }) => type);
  return Object.fromEntries(
    [...byType].map(([type, own]) => [type, own.map(({ compatibility }) => compatibility)]),
  );
}

export interface PublicComparison {
  readonly broken: readonly string[];
  readonly unrecorded: readonly string[];
}

interface ComparedBy {
  /** An ISO date, `2026-11-27`. */
  readonly today: string;
  /** In which two schemas are compared. */
  readonly form: (schema: unknown) => unknown;
}

export function comparePublicShapes(
  released: PublicShapes,
  current: PublicShapes,
  compatibilities: Compatibilities,
  { today, form }: ComparedBy,
): PublicComparison {
  const [before, now] = [inForm(released, form), inForm(current, form)];
  const broken = versionsIn(before).flatMap((version) => {
    const shape = shapeIn(now, version);
    if (!shape) return gone(version, today);
    const modes = compatibilities[version.type] ?? [];
    return modes.flatMap((mode) => changed(version, shape, mode));
  });
  const unrecorded = [
    ...versionsIn(now)
      .filter((version) => !isRecorded(shapeIn(before, version), version.shape))
      .map(nameOf),
    ...versionsIn(before)
      .filter((version) => !shapeIn(now, version))
      .map((version) => `the end of ${nameOf(version)}`),
  ];
  return { broken: [...new Set(broken)], unrecorded };
}

function inForm(shapes: PublicShapes, form: ComparedBy['form']): PublicShapes {
  return Object.fromEntries(
    Object.entries(shapes).map(([type, versions]) => [
      type,
      Object.fromEntries(
        Object.entries(versions).map(([version, shape]) => [
          version,
          { ...shape, schema: form(shape.schema) },
        ]),
      ),
    ]),
  );
}

function shapeIn(shapes: PublicShapes, { type, version }: Version): PublicShape | undefined {
  return shapes[type]?.[version];
}

interface Version {
  readonly type: string;
  readonly version: string;
  readonly shape: PublicShape;
}

function versionsIn(shapes: PublicShapes): Version[] {
  return Object.entries(shapes).flatMap(([type, versions]) =>
    Object.entries(versions).map(([version, shape]) => ({ type, version, shape })),
  );
}

function nameOf({ type, version }: Version): string {
  return `${type} version ${version}`;
}

function isRecorded(released: PublicShape | undefined, { schema, deprecated }: PublicShape) {
  if (!released || released.deprecated !== deprecated) return false;
  return [gapBetween(released.schema, schema), gapBetween(schema, released.schema)].every(
    (found) => found === undefined,
  );
}

function gone(version: Version, today: string): string[] {
  const { deprecated } = version.shape;
  const name = nameOf(version);
  if (deprecated === undefined) {
    return [
      `${name} is released and gone: its consumers would get nothing. Bring it back, and mark it with deprecated: the date after which it may go.`,
    ];
  }
  if (today > deprecated) return [];
  return [
    `${name} is gone, and is promised until ${deprecated}. Bring it back, and remove it after that date.`,
  ];
}

/** What each mode asks of the released and the current schema. */
const rules: Readonly<Record<Compatibility, readonly ('backward' | 'forward')[]>> = {
  backward: ['backward'],
  forward: ['forward'],
  full: ['backward', 'forward'],
};

function changed(version: Version, { schema: now }: PublicShape, mode: Compatibility): string[] {
  const { schema: before } = version.shape;
  return rules[mode].flatMap((rule) => {
    const found = rule === 'backward' ? gapBetween(now, before) : gapBetween(before, now);
    if (found === undefined) return [];
    const what =
      rule === 'backward'
        ? `in events that are published already ${found}, which the new schema refuses`
        : `in new events ${found}, which the released schema refuses`;
    return [
      `${nameOf(version)} is released, and its change is not ${rule} compatible: ${what}. Bring the released schema back, and publish the new one beside it as the next version.`,
    ];
  });
}
