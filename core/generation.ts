import { type App, allProjections, allReactors } from './app.ts';
import type { StoredEvent } from './event.ts';
import type { Projection } from './projection.ts';
import type { Reactor } from './reactor.ts';
import { parseStreamName } from './stream.ts';

/** Whatever moves along the streams. A reactor is a generation without rows. */
export type Follower = Projection | Reactor;

/** Whether the event is of an aggregate that the follower listens to. */
export function concerns({ sources }: Follower, { stream }: Pick<StoredEvent, 'stream'>): boolean {
  const address = parseStreamName(stream);
  return sources.some((source) => source === address?.aggregate);
}

/**
 * Where a generation, one version of a projection's read model, stands.
 * - `in-step`: moves with the journal, stream by stream.
 * - `following`: behind; a build reads it the journal by position until it is in step.
 * - `paused`: out of step because somebody said so.
 * - `standing`: out of step because the running code does not define it.
 * - `stopped`: its build met an event that it cannot take.
 * - `done`: a verification that has its report.
 */
export type GenerationState = 'in-step' | 'following' | 'paused' | 'standing' | 'stopped' | 'done';

/**
 * `live` owns the tables that migrations made. The others are made beside them: `rebuild` to replace them, `verify`
 * to be compared with them.
 */
export type Purpose = 'live' | 'rebuild' | 'verify';

export interface Generation {
  readonly projection: string;
  readonly version: number;
  readonly purpose: Purpose;
  readonly state: GenerationState;
  /** Whether queries read it: one generation of a projection at most. */
  readonly serving: boolean;
  /** Whether it was complete once. */
  readonly built: boolean;
  /** The journal position up to which it has everything, while it is out of step. */
  readonly cursor: number;
  /** How the database calls its tables, but for what `tableSuffix` adds. */
  readonly tables: readonly string[];
}

/** Which read models there are and where they stand, as one value with a revision: what a plan is made against. */
export interface ServingSet {
  readonly revision: number;
  readonly generations: readonly Generation[];
}

/** How checkpoints and dead letters call a generation. */
export function generationKey({
  name,
  version,
}: Pick<Follower, 'name' | 'version'>): GenerationKey {
  return `${name}@${version}`;
}

export type GenerationKey = `${string}@${number}`;

/** The same for what is made beside it, which meets events of its own that it cannot take. */
export function buildKey({
  projection,
  version,
  purpose,
}: Pick<Generation, 'projection' | 'version' | 'purpose'>): string {
  const key = generationKey({ name: projection, version });
  return purpose === 'live' ? key : `${key}+${purpose}`;
}

/** What a table made for this purpose has behind its name. */
export function tableSuffix(purpose: Purpose): string {
  return purpose === 'live' ? '' : `_${purpose}`;
}

/** Everything that the code can feed: each projection, the version before it where that is kept, and reactors. */
export function definedGenerations(app: App): Follower[] {
  const generations = allProjections(app).flatMap((projection) =>
    projection.previous ? [projection, projection.previous] : [projection],
  );
  return [...generations, ...allReactors(app)];
}

/** The definition that feeds a generation. Undefined when the code has none. */
export function definitionOf(
  app: App,
  { projection, version }: Pick<Generation, 'projection' | 'version'>,
): Follower | undefined {
  return definedGenerations(app).find(
    (defined) => defined.name === projection && defined.version === version,
  );
}

/** Who moves in step. */
export function inStep(app: App, { generations }: ServingSet): Follower[] {
  return generations.flatMap((generation) => {
    if (generation.state !== 'in-step') return [];
    return definitionOf(app, generation) ?? [];
  });
}

/** A generation whose standing no longer fits the code, and where it goes. */
export interface Transition {
  readonly projection: string;
  readonly version: number;
  readonly to: 'start' | 'leave-step' | 'follow';
}

/**
 * What a new deployment brings about by itself: an unknown version starts, what the code no longer feeds leaves the
 * step, what it feeds again catches up. Empty when the set fits the code, which is nearly always.
 */
export function transitions(app: App, { generations }: ServingSet): Transition[] {
  const live = generations.filter(({ purpose }) => purpose === 'live');
  const isKnown = ({ name, version }: Follower) =>
    live.some((one) => one.projection === name && one.version === version);
  const newest: readonly Follower[] = [...allProjections(app), ...allReactors(app)];
  const starting = newest.filter((follower) => !isKnown(follower));
  return [
    ...starting.map(({ name, version }) => ({ projection: name, version, to: 'start' as const })),
    ...live.flatMap((generation) => {
      const to = moved(generation, definitionOf(app, generation) !== undefined);
      return to ? [{ projection: generation.projection, version: generation.version, to }] : [];
    }),
  ];
}

function moved({ state }: Generation, isDefined: boolean): Transition['to'] | undefined {
  if (isDefined) return state === 'standing' ? 'follow' : undefined;
  return state === 'in-step' || state === 'following' ? 'leave-step' : undefined;
}

export function servingGeneration(set: ServingSet, projection: string): Generation | undefined {
  return set.generations.find((one) => one.serving && one.projection === projection);
}
