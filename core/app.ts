/** `defineApp`: the domain as one value whose names and schemas are checked, and the look-ups by name in it. */

import { getTableName } from 'drizzle-orm';
import { apiKey } from './access/api-key.ts';
import { auditTrail } from './access/audit-trail.ts';
import { endedSessions } from './access/ended-sessions.ts';
import { keyList } from './access/key-list.ts';
import { OWN_AGGREGATE_PREFIX } from './access/own-tenant.ts';
import { tenant } from './access/tenant.ts';
import { tenantList } from './access/tenant-list.ts';
import type { Action } from './action/action.ts';
import type { Aggregate } from './aggregate/aggregate.ts';
import {
  type RecordedEvent,
  readEvent,
  type StoredEvent,
  UnknownEvent,
} from './aggregate/event.ts';
import { aggregateOf } from './aggregate/stream.ts';
import {
  checkAggregate,
  checkInbounds,
  checkNames,
  checkPublicEvents,
  checkSchedules,
} from './definition-checks.ts';
import type { Inbound } from './inbound/inbound.ts';
import { subject } from './personal/subject.ts';
import type { Reactor } from './process/reactor.ts';
import type { Saga } from './process/saga.ts';
import { sagaList } from './process/saga-list.ts';
import type { Projection } from './projection/projection.ts';
import type { NamedQuery } from './projection/projection-query.ts';
import type { ReadModelTable } from './projection/table.ts';
import type { Publication } from './publication/publication.ts';
import { restoredExport } from './restore/restored-export.ts';
import type { Schedule } from './schedule/schedule.ts';

/** The whole domain as one value: what the runtime is given. */
export interface App<
  // First, because an editor shows as much of a type as it has room for.
  AggregateName extends string = string,
  ProjectionName extends string = string,
  Aggregates extends readonly Aggregate[] = readonly Aggregate[],
  Projections extends readonly Projection[] = readonly Projection[],
  Publications extends readonly Publication[] = readonly Publication[],
  Inbounds extends readonly Inbound[] = readonly Inbound[],
> {
  /** Present in the type alone. */
  readonly names?: { readonly aggregates: AggregateName; readonly projections: ProjectionName };
  readonly aggregates: Aggregates;
  readonly projections: Projections;
  readonly reactors?: readonly Reactor[];
  readonly sagas?: readonly Saga[];
  /** What the app does outside of itself. */
  readonly actions?: readonly Action[];
  /** What the app publishes to systems outside of it. */
  readonly publications?: Publications;
  /** What systems outside of the app send to it. */
  readonly inbound?: Inbounds;
  /** What the app does at times of the day. */
  readonly schedules?: readonly Schedule[];
  /** Live queries. The number of objects that share a tenant's sockets; each runs its own queries. 1 if left out. */
  readonly live?: { readonly shards: number };
}

type AppOf<
  Aggregates extends readonly Aggregate[],
  Projections extends readonly Projection[],
  Publications extends readonly Publication[],
  Inbounds extends readonly Inbound[],
> = App<
  Aggregates[number]['name'],
  Projections[number]['name'],
  Aggregates,
  Projections,
  Publications,
  Inbounds
>;

/** The parameter of `defineApp`: empty lists may be left out. */
type AppParts<
  Aggregates extends readonly Aggregate[],
  Projections extends readonly Projection[],
  Publications extends readonly Publication[],
  Inbounds extends readonly Inbound[],
> = Omit<AppOf<Aggregates, Projections, Publications, Inbounds>, 'projections' | 'names'> & {
  readonly projections?: Projections;
};

/**
 * Defines the app: the one list of its aggregates, projections, reactors, sagas, actions, publications, inbounds and
 * schedules.
 *
 * @throws Error for a name that is used twice or is not valid in a URL, and for a schema whose values JSON cannot
 * represent
 * @example export const app = defineApp({ aggregates: [order, product], projections: [orders] });
 */
export function defineApp<
  const Aggregates extends readonly Aggregate[],
  const Projections extends readonly Projection[] = readonly [],
  const Publications extends readonly Publication[] = readonly [],
  const Inbounds extends readonly Inbound[] = readonly [],
>(
  given: AppParts<Aggregates, Projections, Publications, Inbounds>,
): App<
  // Not AppOf: an editor would show the alias, with its lists alone.
  Aggregates[number]['name'],
  Projections[number]['name'],
  Aggregates,
  Projections,
  Publications,
  Inbounds
> {
  const app = withProjections(given);
  const aggregateNames = allAggregates(app).map((aggregate) => aggregate.name);
  checkNames('aggregate', aggregateNames);
  checkNotOwn(aggregateNames);
  checkNames('projection, query, reactor, action or publication', followerNames(app));
  const tables = allProjections(app).flatMap((projection) => projection.tables);
  checkNames(
    'table',
    tables.map(({ name }) => name),
  );
  checkNames(
    'database table',
    tables.map(({ table }) => getTableName(table)),
  );
  for (const aggregate of app.aggregates) checkAggregate(aggregate);
  for (const subscriber of [...allSubscribers(app), ...actionsOf(app)])
    checkSources(app, subscriber);
  for (const sender of sendersOf(app)) checkSends(app, sender);
  checkPublicEvents(publicationsOf(app));
  checkInbounds(inboundOf(app));
  checkSchedules(schedulesOf(app));
  if (!Number.isInteger(liveShards(app)) || liveShards(app) < 1) {
    throw new Error('Live queries need a whole number of shards, 1 or more.');
  }
  return app;
}

function withProjections<
  Aggregates extends readonly Aggregate[],
  Projections extends readonly Projection[],
  Publications extends readonly Publication[],
  Inbounds extends readonly Inbound[],
>(
  given: AppParts<Aggregates, Projections, Publications, Inbounds>,
): AppOf<Aggregates, Projections, Publications, Inbounds> {
  // The types' default of what is left out is the empty list.
  return { projections: [] as readonly Projection[] as Projections, ...given };
}

/**
 * Tables and named queries share one namespace, because both are read under `/v1/queries/`. Reactors, actions and
 * publications share it, because operators address them alike.
 */
function followerNames(app: App): string[] {
  const queried = allProjections(app).flatMap((projection) => [
    ...listsOf(projection).map(({ address }) => address),
    ...projection.queries.map((query) => query.name),
  ]);
  const others = [...allReactors(app), ...actionsOf(app), ...publicationsOf(app)];
  return [...queried, ...others.map(({ name }) => name)];
}

function checkNotOwn(aggregateNames: readonly string[]): void {
  const own = aggregateNames.find((name) => name.startsWith(OWN_AGGREGATE_PREFIX));
  if (own === undefined) return;
  throw new Error(
    `The aggregate name ${own} begins with ${OWN_AGGREGATE_PREFIX}, as those of Ledge's own aggregates do.`,
  );
}

function checkSources(app: App, { name, sources }: Pick<Projection, 'name' | 'sources'>): void {
  for (const source of sources) {
    if (!findAggregate(app, source)) {
      throw new Error(`${name} reads ${source}, which is not in the app.`);
    }
  }
}

/** What a declaration says and no command is: the catalog would lead its readers to nothing. */
function checkSends(app: App, { name, sends = {} }: SendingDefinition): void {
  for (const [aggregate, commands] of Object.entries(sends)) {
    const known = app.aggregates.find((one) => one.name === aggregate)?.commands ?? {};
    const other = commands.find((command) => !Object.hasOwn(known, command));
    if (other === undefined) continue;
    throw new Error(`${name} sends ${aggregate}/${other}, which is no command of the app.`);
  }
}

/** A definition whose handlers return commands. */
type SendingDefinition = Reactor | Saga | Action | Inbound | Schedule;

/** Everything that sends commands because of something else than a caller's request. */
function sendersOf(app: App): readonly SendingDefinition[] {
  const { reactors = [], sagas = [] } = app;
  return [...reactors, ...sagas, ...actionsOf(app), ...inboundOf(app), ...schedulesOf(app)];
}

/** All aggregates with streams: the app's own and those of its sagas. */
export function allAggregates({ aggregates, sagas = [] }: App): readonly Aggregate[] {
  return [...aggregates, ...sagas.map(({ aggregate }) => aggregate)];
}

/** All read models: the app's own, and the list of sagas if the app has sagas. */
export function allProjections({ projections, sagas = [] }: App): readonly Projection[] {
  return sagas.length === 0 ? projections : [...projections, sagaList(sagas)];
}

/** All reactors: the app's own and those of its sagas. */
export function allReactors({ reactors = [], sagas = [] }: App): readonly Reactor[] {
  return [...reactors, ...sagas.flatMap((saga) => saga.reactors)];
}

export function publicationsOf({ publications = [] }: App): readonly Publication[] {
  return publications;
}

export function actionsOf({ actions = [] }: App): readonly Action[] {
  return actions;
}

export function inboundOf({ inbound = [] }: App): readonly Inbound[] {
  return inbound;
}

export function schedulesOf({ schedules = [] }: App): readonly Schedule[] {
  return schedules;
}

/** Everything that handles events as they reach the journal, each in its newest version. */
export function allSubscribers(app: App): readonly (Projection | Reactor | Publication)[] {
  return [...allProjections(app), ...allReactors(app), ...publicationsOf(app)];
}

export function liveShards({ live }: App): number {
  return live?.shards ?? 1;
}

export function findAggregate(app: App, name: string): Aggregate | undefined {
  return allAggregates(app).find((aggregate) => aggregate.name === name);
}

/** Every deployment has streams of these, whatever its app. No list of the app has them, so no route leads to them. */
export const ownAggregates: readonly Aggregate[] = [
  apiKey,
  auditTrail,
  endedSessions,
  keyList,
  restoredExport,
  subject,
  tenant,
  tenantList,
];

/** The definition of what is stored: of the app, or of Ledge itself. Callers' names are looked up in the app alone. */
export function findStored(app: App, name: string): Aggregate | undefined {
  return findAggregate(app, name) ?? ownAggregates.find((aggregate) => aggregate.name === name);
}

export function findSaga({ sagas = [] }: App, name: string): Saga | undefined {
  return sagas.find((saga) => saga.name === name);
}

export function findPublication(app: App, name: string): Publication | undefined {
  return publicationsOf(app).find((publication) => publication.name === name);
}

export function findInbound(app: App, name: string): Inbound | undefined {
  return inboundOf(app).find((inbound) => inbound.name === name);
}

export function findProjection(app: App, name: string): Projection | undefined {
  return app.projections.find((projection) => projection.name === name);
}

export function findQuery(app: App, name: string): NamedQuery | undefined {
  return app.projections.flatMap(({ queries }) => queries).find((query) => query.name === name);
}

/** A table of a projection, with the name that its rows are read under. */
export interface List {
  readonly address: string;
  readonly projection: Projection;
  readonly table: ReadModelTable;
}

/** `billing` for the table that the projection lists, `billing.revenue` for another. */
export function listsOf(projection: Projection): List[] {
  const { name, tables } = projection;
  return tables.map((table, index) => ({
    address: index === 0 ? name : `${name}.${table.name}`,
    projection,
    table,
  }));
}

export function findList(app: App, address: string): List | undefined {
  return app.projections.flatMap(listsOf).find((list) => list.address === address);
}

/** The same list in another version of its projection; undefined when that has no such table. */
export function listIn(version: Projection, { address }: List): ReadModelTable | undefined {
  return listsOf(version).find((list) => list.address === address)?.table;
}

/**
 * Upcasts a stored event with the definitions of its aggregate.
 *
 * @throws UnknownEvent when the app knows no such aggregate, event or schema version
 */
export function recordedEvent(app: App, stored: StoredEvent): RecordedEvent {
  const aggregate = findStored(app, aggregateOf(stored.stream) ?? '');
  if (!aggregate) throw new UnknownEvent(`No aggregate is defined for stream ${stored.stream}.`);
  return readEvent(aggregate.events, stored);
}
