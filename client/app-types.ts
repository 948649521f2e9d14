/** What is inferred of an app for its clients. Types only: nothing of the server comes along. */
import type { z } from 'zod';
import type { Aggregate, ReasonOf } from '../core/aggregate.ts';
import type { App } from '../core/app.ts';
import type { EventOf, StoredEvent } from '../core/event.ts';
import type { Json } from '../core/json.ts';
import type { ListedRow, Projection } from '../core/projection.ts';
import type { Columns, TableDefinition } from '../core/table.ts';

/** A value after its way through JSON: times are text. */
export type OverTheWire<Value> = Value extends Date
  ? string
  : Value extends string | number | boolean | null | undefined
    ? Value
    : { [Key in keyof Value]: OverTheWire<Value[Key]> };

/* Aggregates and their commands */

type AggregateIn<A extends App> = A['aggregates'][number];
export type AggregateName<A extends App> = AggregateIn<A>['name'];
export type AggregateNamed<A extends App, Name> = Extract<AggregateIn<A>, { readonly name: Name }>;

export type CommandName<G extends Aggregate> = keyof G['commands'] & string;
export type CommandData<G extends Aggregate, Name extends CommandName<G>> = z.input<
  G['commands'][Name]
>;
export type RejectionReason<G extends Aggregate, Name extends CommandName<G>> = ReasonOf<
  G['decide'][Name]
>;

/** An event of the aggregate as it was stored. */
export type EventIn<G extends Aggregate> = Omit<StoredEvent, 'type' | 'data'> &
  OverTheWire<EventOf<G['events']>>;

export type StateOf<G extends Aggregate> = OverTheWire<ReturnType<G['initialState']>>;

/** `token` makes a query include the command; the client remembers it by itself. */
export interface Accepted<Event> {
  readonly outcome: 'accepted';
  readonly stream: string;
  /** The stream's version after the command. */
  readonly version: number;
  readonly events: readonly Event[];
  /** How many events the answer had no room for; `events` is empty then. The stream has them, up to `version`. */
  readonly eventsOmitted?: number;
  readonly token: string;
  /** The key was known: this is the recorded outcome, of this call's first attempt or of an earlier call. */
  readonly replayed?: true;
}

/** The domain said no. */
export interface Rejected<Reason extends string> {
  readonly outcome: 'rejected';
  readonly stream: string;
  readonly version: number;
  readonly reason: Reason;
  readonly details: Json;
  readonly replayed?: true;
}

/** The stream was not at the expected version. */
export interface Conflict {
  readonly outcome: 'conflict';
  readonly stream: string;
  readonly expected: number;
  readonly actual: number;
}

/** What became of a command. Everything else that can happen is thrown as a `LedgeProblem`. */
export type Outcome<Event, Reason extends string> =
  | Accepted<Event>
  | (Reason extends string ? Rejected<Reason> : never)
  | Conflict;

export type OutcomeOf<G extends Aggregate, Name extends CommandName<G>> = Outcome<
  EventIn<G>,
  RejectionReason<G, Name>
>;

/* Projections and their queries */

type ProjectionIn<A extends App> = A['projections'][number];
type ProjectionNamed<A extends App, Name> = Extract<ProjectionIn<A>, { readonly name: Name }>;

/** The names that the built-in list and get answer to. */
export type ListName<A extends App> = ProjectionIn<A>['name'];
export type ListRow<A extends App, Name> = OverTheWire<ListedRow<ProjectionNamed<A, Name>>>;

type TablesOf<P extends Projection> = P extends {
  readonly types?: { readonly tables: infer Tables };
}
  ? Tables[keyof Tables]
  : never;
type KeyColumn<P extends Projection> =
  TablesOf<P> extends TableDefinition<Columns, infer Key> ? Key : never;

type Cell<Value> = Value extends Date ? Date | string : NonNullable<Value>;
type KeyCells<A extends App, Name> = Cell<
  ListedRow<ProjectionNamed<A, Name>>[KeyColumn<ProjectionNamed<A, Name>> &
    keyof ListedRow<ProjectionNamed<A, Name>>]
>;

/** The value of a key's one column; of several, their values in the order in which the table names them. */
export type RowKey<A extends App, Name> = KeyCells<A, Name> | readonly KeyCells<A, Name>[];

type Filters<Row> = { [Column in keyof Row]?: Cell<Row[Column]> } & {
  [Column in keyof Row & string as `${Column}.in`]?: readonly Cell<Row[Column]>[];
} & {
  [Column in keyof Row & string as `${Column}.${'gt' | 'gte' | 'lt' | 'lte'}`]?: Cell<Row[Column]>;
} & {
  [Column in keyof Row & string as NonNullable<Row[Column]> extends string
    ? `${Column}.prefix`
    : never]?: string;
};

/** Filters, order and size of a list. Which columns filter and sort is declared with the table. */
export type ListInput<A extends App, Name> = Filters<ListedRow<ProjectionNamed<A, Name>>> & {
  readonly sort?: SortOf<ListedRow<ProjectionNamed<A, Name>>>;
  readonly limit?: number;
};

type SortOf<Row> = `${'' | '-'}${keyof Row & string}`;

/** Where a page begins, and whether the rows are counted. */
export interface PageInput {
  readonly cursor?: string;
  readonly count?: boolean;
}

export interface Page<Row> {
  readonly rows: readonly Row[];
  /** Of the next page, when there may be one. */
  readonly cursor?: string;
  /** How many rows pass the filters, when that was asked. */
  readonly count?: number;
}

type QueriesOf<P extends Projection> = P extends {
  readonly types?: { readonly queries: infer Queries };
}
  ? Queries
  : never;
type QueryIn<A extends App, Name> =
  QueriesOf<ProjectionIn<A>> extends infer Queries
    ? Queries extends { readonly [Key in Name & string]: infer Query }
      ? Query
      : never
    : never;

type NamesOf<Queries> = Queries extends unknown ? keyof Queries & string : never;
export type NamedQueryName<A extends App> = NamesOf<QueriesOf<ProjectionIn<A>>>;
export type NamedQueryInput<A extends App, Name> =
  QueryIn<A, Name> extends { readonly input: infer Input } ? Input : never;
export type NamedQueryRow<A extends App, Name> =
  QueryIn<A, Name> extends { readonly row: infer Row } ? OverTheWire<Row> : never;
