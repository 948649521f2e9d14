/**
 * The versions of read models: their states, the serving set that queries and plans go by, and its changes when a
 * deployment adds or removes one.
 */

import { type App, allProjections, allReactors, allSubscribers, publicationsOf } from '../app.ts';
import type { Reactor } from '../process/reactor.ts';
import type { Projection } from '../projection/projection.ts';
import type { ReadModelTable } from '../projection/table.ts';
import type { Publication } from '../publication/publication.ts';
import type { GenerationState, Purpose } from './generation-states.ts';
import { type GenerationKey, generationKey } from './keys.ts';

/** A projection, a reactor or a publication: what has a checkpoint on streams. */
export type Subscriber = Projection | Reactor | Publication;

/** Whether the subscriber handles events of an aggregate. */
export function concerns(
  { sources }: Pick<Subscriber, 'sources'>,
  aggregate: string | undefined,
): boolean {
  return sources.some((source) => source === aggregate);
}

/** The open columns of a table, by their names in the database, that are about the subject in one of its columns. */
export interface OpenTable {
  readonly table: string;
  readonly columns: readonly string[];
  readonly subject: string;
  /** The columns of the index that finds the rows of a subject; empty: the primary key. */
  readonly index: readonly string[];
}

export interface Generation {
  readonly projection: string;
  readonly version: number;
  readonly purpose: Purpose;
  readonly state: GenerationState;
  /** Whether queries read it: at most one generation of a projection. */
  readonly serving: boolean;
  /** Whether it was complete once. */
  readonly built: boolean;
  /** The journal position up to which it has every event, while it is not live. */
  readonly cursor: number;
  /** The names of its tables in the database, without `tableSuffix`. */
  readonly tables: readonly string[];
  /** Their open columns, as the code had them that began the generation. */
  readonly openTables: readonly OpenTable[];
}

/** All read models with their states, as one value with a revision: a plan is valid for one revision. */
export interface ServingSet {
  readonly revision: number;
  readonly generations: readonly Generation[];
}

/** The key of the version that the code defines. */
export function keyOf(follower: Subscriber): GenerationKey {
  return generationKey({ name: follower.name, version: versionOf(follower) });
}

export function tablesOf(follower: Subscriber): readonly ReadModelTable[] {
  return follower.kind === 'projection' ? follower.tables : [];
}

/** Reactors and publications have no rows to build again: each is stored as one generation, the first. */
export function versionOf(follower: Subscriber): number {
  return follower.kind === 'projection' ? follower.version : 1;
}

/** Whether it handles nothing that happened before its first deployment. */
export function startsNow(follower: Subscriber): boolean {
  return follower.kind !== 'projection' && follower.startsAt === 'now';
}

/** The suffix of a table's name for this purpose. */
export function tableSuffix(purpose: Purpose): string {
  return purpose === 'primary' ? '' : `_${purpose}`;
}

/** All generations that the code defines: each projection, its previous version if defined, reactors and publications. */
export function definedGenerations(app: App): readonly Subscriber[] {
  const known = definedBy.get(app) ?? listGenerations(app);
  definedBy.set(app, known);
  return known;
}

/** A cache: definitions do not change, and every batch of the consumer needs the list. */
const definedBy = new WeakMap<App, readonly Subscriber[]>();

function listGenerations(app: App): Subscriber[] {
  const generations = allProjections(app).flatMap((projection) =>
    projection.previous ? [projection, projection.previous] : [projection],
  );
  return [...generations, ...allReactors(app), ...publicationsOf(app)];
}

/** The definition of a generation. Undefined when the code has none. */
export function definitionOf(
  app: App,
  { projection, version }: Pick<Generation, 'projection' | 'version'>,
): Subscriber | undefined {
  return definedGenerations(app).find(
    (defined) => defined.name === projection && versionOf(defined) === version,
  );
}

/** The subscribers that the code defines and that are live. */
export function liveSubscribers(app: App, { generations }: ServingSet): Subscriber[] {
  return generations.flatMap((generation) => {
    if (generation.state !== 'live') return [];
    return definitionOf(app, generation) ?? [];
  });
}

/** A generation whose state no longer fits the code, with the change that it needs. */
export interface Transition {
  readonly projection: string;
  readonly version: number;
  readonly to: 'start' | 'deactivate' | 'catch-up';
  /** The table or column that D1 lacks: the generation then starts as, or becomes, `inactive`. */
  readonly lack?: TableLack;
}

/** What the database lacks of a generation's tables. */
export interface TableLack {
  /** Names the table and the remedy. */
  readonly reason: string;
  /** The table itself is missing, not a column of it: the generation has to be rebuilt from the first event. */
  readonly rowsAreGone: boolean;
}

/** By generation key. */
export type TableLacks = ReadonlyMap<string, TableLack>;

/**
 * The changes that a new deployment causes: an unknown version starts; a version that the code no longer defines, or
 * whose table D1 lacks, becomes `inactive`; one that is defined again catches up. Empty when the set fits the code,
 * which is nearly always.
 */
export function transitions(
  app: App,
  { generations }: ServingSet,
  lacking: TableLacks = new Map(),
): Transition[] {
  const primary = generations.filter(({ purpose }) => purpose === 'primary');
  const isKnown = (follower: Subscriber) =>
    primary.some((one) => one.projection === follower.name && one.version === versionOf(follower));
  const starting = allSubscribers(app).filter((follower) => !isKnown(follower));
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
