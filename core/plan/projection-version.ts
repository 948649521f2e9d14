import { type App, allProjections, allReactors } from '../app.ts';
import type { Reactor } from '../process/reactor.ts';
import type { Projection } from '../projection/projection.ts';
import type { ReadModelTable } from '../projection/table.ts';
import { type GenerationKey, generationKey } from './keys.ts';

/** Whatever moves along the streams. `kind` says which. */
export type Subscriber = Projection | Reactor;

/** Whether the follower listens to the events of an aggregate. */
export function concerns(
  { sources }: Pick<Subscriber, 'sources'>,
  aggregate: string | undefined,
): boolean {
  return sources.some((source) => source === aggregate);
}

/**
 * The state of a generation, one version of a projection's read model.
 * - `live`: moves with the journal, stream by stream.
 * - `catching-up`: behind; a build reads the journal for it, by position, until it is live.
 * - `paused`: an operator's decision.
 * - `inactive`: the running code does not define it, or D1 lacks a table of it.
 * - `stopped`: its build met an event that it cannot take.
 * - `verified`: a verification that has its report.
 */
export const generationStates = [
  'live',
  'catching-up',
  'paused',
  'inactive',
  'stopped',
  'verified',
] as const;

export type GenerationState = (typeof generationStates)[number];

/**
 * `primary` owns the tables that migrations made. The others are made beside them: `rebuild` to replace them, `verify`
 * to be compared with them.
 */
export const purposes = ['primary', 'rebuild', 'verify'] as const;

export type Purpose = (typeof purposes)[number];

export interface Generation {
  readonly projection: string;
  readonly version: number;
  readonly purpose: Purpose;
  readonly state: GenerationState;
  /** Whether queries read it: one generation of a projection at most. */
  readonly serving: boolean;
  /** Whether it was complete once. */
  readonly built: boolean;
  /** The journal position up to which it has everything, while it is not live. */
  readonly cursor: number;
  /** How the database calls its tables, but for what `tableSuffix` adds. */
  readonly tables: readonly string[];
}

/** Which read models there are and where they stand, as one value with a revision: what a plan is made against. */
export interface ServingSet {
  readonly revision: number;
  readonly generations: readonly Generation[];
}

/** The key of what the code defines. */
export function keyOf(follower: Subscriber): GenerationKey {
  return generationKey({ name: follower.name, version: versionOf(follower) });
}

export function tablesOf(follower: Subscriber): readonly ReadModelTable[] {
  return follower.kind === 'projection' ? follower.tables : [];
}

/** A reactor has no rows to build again: it is stored as one generation, the first. */
export function versionOf(follower: Subscriber): number {
  return follower.kind === 'projection' ? follower.version : 1;
}

/** What a table made for this purpose has behind its name. */
export function tableSuffix(purpose: Purpose): string {
  return purpose === 'primary' ? '' : `_${purpose}`;
}

/** Everything that the code can feed: each projection, the version before it where that is kept, and reactors. */
export function definedGenerations(app: App): readonly Subscriber[] {
  const known = definedBy.get(app) ?? listGenerations(app);
  definedBy.set(app, known);
  return known;
}

/** A definition does not change, and every batch of the consumer asks for its generations. */
const definedBy = new WeakMap<App, readonly Subscriber[]>();

function listGenerations(app: App): Subscriber[] {
  const generations = allProjections(app).flatMap((projection) =>
    projection.previous ? [projection, projection.previous] : [projection],
  );
  return [...generations, ...allReactors(app)];
}

/** The definition that feeds a generation. Undefined when the code has none. */
export function definitionOf(
  app: App,
  { projection, version }: Pick<Generation, 'projection' | 'version'>,
): Subscriber | undefined {
  return definedGenerations(app).find(
    (defined) => defined.name === projection && versionOf(defined) === version,
  );
}

/** What the running code defines and is live. */
export function liveSubscribers(app: App, { generations }: ServingSet): Subscriber[] {
  return generations.flatMap((generation) => {
    if (generation.state !== 'live') return [];
    return definitionOf(app, generation) ?? [];
  });
}

/** The next state of a generation whose state no longer fits the code. */
export interface Transition {
  readonly projection: string;
  readonly version: number;
  readonly to: 'start' | 'deactivate' | 'catch-up';
  /** What D1 lacks of it: it starts inactive, or becomes it. */
  readonly lack?: TableLack;
}

/** What the database lacks of a generation's tables. */
export interface TableLack {
  /** With the table, and what to do. */
  readonly reason: string;
  /** The table itself is missing, not a column of it: the generation has to be built from the beginning. */
  readonly rowsAreGone: boolean;
}

/** By generation key. */
export type TableLacks = ReadonlyMap<string, TableLack>;

/**
 * What a new deployment brings about by itself: an unknown version starts, what the code no longer feeds becomes
 * inactive, what it feeds again catches up; and what D1 has no table for is inactive until there is one. Empty when the
 * set fits the code, which is nearly always.
 */
export function transitions(
  app: App,
  { generations }: ServingSet,
  lacking: TableLacks = new Map(),
): Transition[] {
  const primary = generations.filter(({ purpose }) => purpose === 'primary');
  const isKnown = (follower: Subscriber) =>
    primary.some((one) => one.projection === follower.name && one.version === versionOf(follower));
  const newest: readonly Subscriber[] = [...allProjections(app), ...allReactors(app)];
  const starting = newest.filter((follower) => !isKnown(follower));
  return [
    ...starting.map((one) => transition(one.name, versionOf(one), 'start', lacking)),
    ...primary.flatMap((generation) => {
      const { projection: name, version } = generation;
      const isFed =
        definitionOf(app, generation) !== undefined &&
        !lacking.has(generationKey({ name, version }));
      const to = moved(generation, isFed);
      return to ? [transition(name, version, to, lacking)] : [];
    }),
  ];
}

function transition(
  name: string,
  version: number,
  to: Transition['to'],
  lacking: TableLacks,
): Transition {
  const lack = lacking.get(generationKey({ name, version }));
  return { projection: name, version, to, ...(lack && { lack }) };
}

function moved({ state }: Generation, isFed: boolean): Transition['to'] | undefined {
  if (isFed) return state === 'inactive' ? 'catch-up' : undefined;
  return state === 'live' || state === 'catching-up' ? 'deactivate' : undefined;
}

export function servingGeneration(set: ServingSet, projection: string): Generation | undefined {
  return set.generations.find((one) => one.serving && one.projection === projection);
}
