/** The types that clients infer from an app. Types only: a client bundles no code of the server. */
import type * as z from 'zod';
import type { Aggregate, ReasonOf } from '../core/aggregate/aggregate.ts';
import type { EventData, StoredEvent } from '../core/aggregate/event.ts';
import type { App } from '../core/app.ts';
import type { Projection } from '../core/projection/projection.ts';
import type { Columns, Row, TableDefinition } from '../core/projection/table.ts';
import type { Sealed, Unsealed } from '../core/sealed/sealed.ts';
import type { Json } from '../core/values/json.ts';

/** A value after a round trip through JSON: times are texts, and personal data is plain, or null. */
export type OverTheWire<Value> = Value extends Date
  ? string
  : Value extends Sealed<infer Plain>
    ? OverTheWire<Plain> | null
    : Value extends string | number | boolean | null | undefined
      ? Value
      : { [Key in keyof Value]: OverTheWire<Value[Key]> };

/** The members of a union as one object that has them all. */
type Together<Union> = (Union extends unknown ? (member: Union) => void : never) extends (
  all: infer All,
) => void
  ? All
  : never;

/* Aggregates and their commands */

/** By name, so that each look-up is direct and not a search through the list. */
type Aggregates<A extends App> = {
  [Found in A['aggregates'][number] as Found['name']]: Found;
};
/** The names of the app's aggregates. */
export type AggregateName<A extends App> = A['aggregates'][number]['name'];
/** The aggregate of this name. */
export type AggregateNamed<A extends App, Name> = Name extends keyof Aggregates<A>
  ? Extract<Aggregates<A>[Name], Aggregate>
  : never;

/** The names of the commands of an aggregate. */
export type CommandName<G extends Aggregate> = keyof G['commands'] & string;
/** The input of a command, as its schema takes it. */
export type CommandData<G extends Aggregate, Name extends CommandName<G>> = Unsealed<
  z.input<G['commands'][Name]>
>;
/** Whether a part of the value is personal data. */
type IsPersonal<Value> = [Value] extends [Unsealed<Value>]
  ? [Unsealed<Value>] extends [Value]
    ? false
    : true
  : true;

type PersonalIn<G extends Aggregate> = G extends unknown
  ? {
      [Name in CommandName<G>]: IsPersonal<z.input<G['commands'][Name]>> extends true
        ? `${G['name']}/${Name}`
        : never;
    }[CommandName<G>]
  : never;

/** The commands with personal data, `customer/RegisterCustomer`. */
export type PersonalCommand<A extends App> = PersonalIn<A['aggregates'][number]>;

export type RejectionReason<G extends Aggregate, Name extends CommandName<G>> = ReasonOf<
  G['decide'][Name]
>;

/** An event as it was stored. */
export interface ClientEvent<Type extends string, Data> extends Omit<StoredEvent, 'type' | 'data'> {
  readonly type: Type;
  readonly data: Data;
}

/** The events of an aggregate. Conditional, so that editors show the events and not this alias with all of `G`. */
export type EventIn<G extends Aggregate> = [G] extends [never]
  ? never
  : {
      [Type in keyof G['events'] & string]: ClientEvent<
        Type,
        OverTheWire<EventData<G['events'][Type]>>
      >;
    }[keyof G['events'] & string];

/** The state of an aggregate, as it comes over the wire. */
export type StateOf<G extends Aggregate> = OverTheWire<ReturnType<G['initialState']>>;

/** `token` makes a query include the command; the client stores it itself. */
export interface Accepted<Event> {
  readonly outcome: 'accepted';
  readonly stream: string;
  /** The stream's version after the command. */
  readonly version: number;
  readonly events: readonly Event[];
  /**
   * The number of events that did not fit into the response; `events` is empty then. The stream has them, up to
   * `version`.
   */
  readonly eventsOmitted?: number;
  readonly token: string;
  /**
   * True for a known idempotency key: this is the recorded outcome, of this call's first attempt or of an earlier call.
   */
  readonly replayed?: true;
}

/** The domain rejected the command. */
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

/** The outcome of a command. Every other failure is thrown as a `LedgeProblem`. */
export type Outcome<Event, Reason extends string> =
  | Conflict
  | ([Reason] extends [never] ? never : Rejected<Reason>)
  | Accepted<Event>;

/** Not `Outcome<…>`, so that editors show the union, with rejections first. */
export type OutcomeOf<G extends Aggregate, Name extends CommandName<G>> = [
  RejectionReason<G, Name>,
] extends [infer Reason extends string]
  ? [Reason] extends [never]
    ? Conflict | Accepted<EventIn<G>>
    : Conflict | Rejected<Reason> | Accepted<EventIn<G>>
  : never;

/* Projections and their queries */

type TypesOf<P extends Projection> = P extends { readonly types?: infer Types }
  ? Types & object
  : never;
type TypesIn<A extends App> = TypesOf<A['projections'][number]>;

/** Every table by the address of its rows, every named query by its name. */
type Lists<A extends App> = Together<TypesIn<A>['lists' & keyof TypesIn<A>]>;
type NamedQueries<A extends App> = Together<TypesIn<A>['queries' & keyof TypesIn<A>]>;

/** The addresses of the built-in list and get: `billing`, and `billing.revenue` for another table of the projection. */
export type ListName<A extends App> = keyof Lists<A> & string;

type ListNamed<A extends App, Name> = Name extends keyof Lists<A> ? Lists<A>[Name] : never;
type ColumnsOf<List> = List extends TableDefinition<infer Cols> ? Cols : never;

/** A row of a list, as it comes over the wire. */
export type ListRow<A extends App, Name> = OverTheWire<Row<ColumnsOf<ListNamed<A, Name>>>>;

type DataOf<Column extends Columns[string]> = Column['_']['data'];

/** The values that a column's filters take. */
type Compared<Column extends Columns[string]> =
  DataOf<Column> extends Date ? Date | string : DataOf<Column>;

type KeyCells<List> =
  List extends TableDefinition<infer Cols, infer Key> ? Compared<Cols[Key]> : never;

/** The value of a key with one column; of several columns, their values in the order of the declaration. */
export type RowKey<A extends App, Name> =
  | KeyCells<ListNamed<A, Name>>
  | readonly KeyCells<ListNamed<A, Name>>[];

/** The same rules as on the server: booleans have no order, enumerations no range, and only texts a prefix. */
type IsListed<Column extends Columns[string]> = DataOf<Column> extends boolean ? never : 'in';
type IsInRange<Column extends Columns[string]> =
  DataOf<Column> extends boolean
    ? never
    : DataOf<Column> extends string
      ? string extends DataOf<Column>
        ? 'gt' | 'gte' | 'lt' | 'lte'
        : never
      : 'gt' | 'gte' | 'lt' | 'lte';
type HasPrefix<Column extends Columns[string]> = Column['_']['columnType'] extends 'SQLiteText'
  ? string extends DataOf<Column>
    ? 'prefix'
    : never
  : never;

type Filters<Cols extends Columns, Name extends keyof Cols & string> = {
  readonly [Column in Name]?: Compared<Cols[Column]>;
} & {
  readonly [Column in Name as `${Column}.${IsListed<Cols[Column]>}`]?: readonly Compared<
    Cols[Column]
  >[];
} & {
  readonly [Column in Name as `${Column}.${IsInRange<Cols[Column]>}`]?: Compared<Cols[Column]>;
} & { readonly [Column in Name as `${Column}.${HasPrefix<Cols[Column]>}`]?: string };

/** Filters, order and size of a list: by the columns that its table declares, and by its key. */
export type ListInput<A extends App, Name> =
  ListNamed<A, Name> extends TableDefinition<infer Cols, infer Key, infer Filter, infer Sort>
    ? Filters<Cols, (Key | Filter) & keyof Cols & string> & {
        readonly sort?: `${'' | '-'}${Key | Sort}`;
        readonly limit?: number;
      }
    : never;

/** The start of a page, and whether the rows are counted. */
export interface PageInput {
  readonly cursor?: string;
  readonly count?: boolean;
}

/** A page of a list, with the cursor of the next one. */
export interface Page<Row> {
  readonly rows: readonly Row[];
  /** The cursor of the next page, if there may be one. */
  readonly cursor?: string;
  /** The number of rows that match the filters, if requested. */
  readonly count?: number;
  /** More rows match than `count`: counting has stopped there. */
  readonly countIsCapped?: true;
}

/** The names of the app's named queries. */
export type NamedQueryName<A extends App> = keyof NamedQueries<A> & string;
type QueryNamed<A extends App, Name> = Name extends keyof NamedQueries<A>
  ? NamedQueries<A>[Name]
  : never;
/** The input of a named query. */
export type NamedQueryInput<A extends App, Name> =
  QueryNamed<A, Name> extends { readonly input: infer Input } ? Input : never;
/** A row of a named query, as it comes over the wire. */
export type NamedQueryRow<A extends App, Name> =
  QueryNamed<A, Name> extends { readonly row: infer Row } ? OverTheWire<Row> : never;
