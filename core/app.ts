import { getTableName } from 'drizzle-orm';
import type { Aggregate } from './aggregate.ts';
import { type RecordedEvent, readEvent, type StoredEvent, UnknownEvent } from './event.ts';
import type { NamedQuery, Projection } from './projection.ts';
import type { Reactor } from './reactor.ts';
import type { Saga } from './saga.ts';
import { sagaList } from './saga-list.ts';
import { aggregateOf, IDENTIFIER_RULE, isIdentifier } from './stream.ts';

/** The whole domain as one value: what the machinery is given. */
export interface App<
  Aggregates extends readonly Aggregate[] = readonly Aggregate[],
  Projections extends readonly Projection[] = readonly Projection[],
> {
  readonly aggregates: Aggregates;
  readonly projections: Projections;
  readonly reactors?: readonly Reactor[];
  readonly sagas?: readonly Saga[];
  /** Live queries. A tenant's sockets are spread over so many objects, each of which runs its own queries; 1 if left out. */
  readonly live?: { readonly shards: number };
}

/**
 * The only list a user keeps.
 *
 * @throws Error when a name is taken twice or could not stand in a URL
 * @example export const app = defineApp({ aggregates: [order, product], projections: [orders] });
 */
export function defineApp<
  const Aggregates extends readonly Aggregate[],
  const Projections extends readonly Projection[],
>(app: App<Aggregates, Projections>): App<Aggregates, Projections> {
  checkNames(
    'aggregate',
    allAggregates(app).map((aggregate) => aggregate.name),
  );
  checkNames('projection, query or reactor', followerNames(app));
  const tables = allProjections(app).flatMap((projection) => projection.tables);
  checkNames(
    'table',
    tables.map(({ name }) => name),
  );
  checkNames(
    'database table',
    tables.map(({ table }) => getTableName(table)),
  );
  for (const { name, commands, events } of app.aggregates) {
    checkNames(`${name} command`, Object.keys(commands));
    checkNames(`${name} event`, Object.keys(events));
  }
  for (const follower of [...allProjections(app), ...allReactors(app)]) checkSources(app, follower);
  if (!Number.isInteger(liveShards(app)) || liveShards(app) < 1) {
    throw new Error('Live queries need a whole number of shards, 1 or more.');
  }
  return app;
}

/** Projections and named queries share one namespace: both are read under `/v1/queries/`. Reactors are operated alike. */
function followerNames(app: App): string[] {
  const queried = allProjections(app).flatMap(({ name, queries }) => [
    name,
    ...queries.map((query) => query.name),
  ]);
  return [...queried, ...allReactors(app).map(({ name }) => name)];
}

function checkNames(kind: string, names: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (!isIdentifier(name)) throw new Error(`The ${kind} name ${name} needs ${IDENTIFIER_RULE}.`);
    if (seen.has(name)) throw new Error(`The ${kind} name ${name} is taken twice.`);
    seen.add(name);
  }
}

function checkSources(app: App, { name, sources }: Pick<Projection, 'name' | 'sources'>): void {
  for (const source of sources) {
    if (!findAggregate(app, source)) {
      throw new Error(`${name} reads ${source}, which is not in the app.`);
    }
  }
}

/** Everything that has streams: the app's aggregates, and its sagas. */
export function allAggregates({ aggregates, sagas = [] }: App): readonly Aggregate[] {
  return [...aggregates, ...sagas.map(({ aggregate }) => aggregate)];
}

/** Everything that has rows: the app's projections, and the list of its sagas where it has any. */
export function allProjections({ projections, sagas = [] }: App): readonly Projection[] {
  return sagas.length === 0 ? projections : [...projections, sagaList(sagas)];
}

/** Everything that acts on events: the app's own reactors, and those of its sagas. */
export function allReactors({ reactors = [], sagas = [] }: App): readonly Reactor[] {
  return [...reactors, ...sagas.flatMap((saga) => saga.reactors)];
}

export function liveShards({ live }: App): number {
  return live?.shards ?? 1;
}

export function findAggregate(app: App, name: string): Aggregate | undefined {
  return allAggregates(app).find((aggregate) => aggregate.name === name);
}

export function findSaga({ sagas = [] }: App, name: string): Saga | undefined {
  return sagas.find((saga) => saga.name === name);
}

export function findProjection(app: App, name: string): Projection | undefined {
  return app.projections.find((projection) => projection.name === name);
}

export function findQuery(app: App, name: string): NamedQuery | undefined {
  return app.projections.flatMap(({ queries }) => queries).find((query) => query.name === name);
}

/**
 * Lifts a stored event with the definitions of its aggregate.
 *
 * @throws UnknownEvent when the app knows no such aggregate, event or schema version
 */
export function recordedEvent(app: App, stored: StoredEvent): RecordedEvent {
  const aggregate = findAggregate(app, aggregateOf(stored.stream) ?? '');
  if (!aggregate) throw new UnknownEvent(`No aggregate is defined for stream ${stored.stream}.`);
  return readEvent(aggregate.events, stored);
}
