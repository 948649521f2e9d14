/**
 * The released versions of public events, compared with the code: a deployment must not change what consumers rely on, nor
 * take it away before its date.
 */
import * as z from 'zod';
import { type App, publicationsOf } from '../app.ts';
import { schemaForm } from '../values/schema-form.ts';
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

/** `today`: an ISO date, `2026-11-27`. */
export function comparePublicShapes(
  released: PublicShapes,
  current: PublicShapes,
  compatibilities: Compatibilities,
  today: string,
): PublicComparison {
  const broken = versionsIn(released).flatMap(({ type, version, shape }) => {
    const now = current[type]?.[version];
    if (!now) return gone(type, version, shape, today);
    return (compatibilities[type] ?? []).flatMap((mode) =>
      changed(type, version, shape, now, mode),
    );
  });
  const unrecorded = [
    ...versionsIn(current)
      .filter(({ type, version, shape }) => !isRecorded(released[type]?.[version], shape))
      .map(({ type, version }) => nameOf(type, version)),
    ...versionsIn(released)
      .filter(({ type, version }) => current[type]?.[version] === undefined)
      .map(({ type, version }) => `the end of ${nameOf(type, version)}`),
  ];
  return { broken: [...new Set(broken)], unrecorded };
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

function nameOf(type: string, version: string): string {
  return `${type} version ${version}`;
}

function isRecorded(released: PublicShape | undefined, { schema, deprecated }: PublicShape) {
  if (!released || released.deprecated !== deprecated) return false;
  return isIncluded(released.schema, schema) && isIncluded(schema, released.schema);
}

function isIncluded(wide: unknown, narrow: unknown): boolean {
  return gapBetween(schemaForm(wide), schemaForm(narrow)) === undefined;
}

function gone(type: string, version: string, { deprecated }: PublicShape, today: string): string[] {
  const name = nameOf(type, version);
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

function changed(
  type: string,
  version: string,
  released: PublicShape,
  current: PublicShape,
  mode: Compatibility,
): string[] {
  const [before, now] = [schemaForm(released.schema), schemaForm(current.schema)];
  const remedy = `Bring the released schema back, and publish the new one beside it as the next version.`;
  return rules[mode].flatMap((rule) => {
    const found = rule === 'backward' ? gapBetween(now, before) : gapBetween(before, now);
    if (found === undefined) return [];
    const what =
      rule === 'backward'
        ? `in events that are published already ${found}, which the new schema refuses`
        : `in new events ${found}, which the released schema refuses`;
    return [
      `${nameOf(type, version)} is released, and its change is not ${rule} compatible: ${what}. ${remedy}`,
    ];
  });
}
