/**
 * A projection's types: what the runtime calls, and what `defineProjection` infers of a definition's name, tables and
 * queries.
 */

import type * as z from 'zod';
import type { EventDefinitions, EventNamed, RecordedEvent } from '../aggregate/event.ts';
import type { HandledEvents } from '../aggregate/handled-events.ts';
import type {
  NamedQuery,
  QueryTypes,
  Readable,
  RowOf,
  Select,
  SelectBuilder,
} from './projection-query.ts';
import type { RowChange, RowChanges } from './row-change.ts';
import type { ColumnsOf, KeyOf, ReadModelTable, Row, Tables } from './table.ts';

/** The tables that a handler gets, by name. */
type Writable<Given extends Tables> = {
  readonly [Name in keyof Given]: RowChanges<ColumnsOf<Given[Name]>, KeyOf<Given[Name]>>;
};

export type ProjectionHandlers<Events extends EventDefinitions, Given extends Tables> = {
  readonly [Type in keyof Events & string]?: (
    event: RecordedEvent<Type, EventNamed<Events, Type>['data']>,
    tables: Writable<Given>,
  ) => RowChange | readonly RowChange[];
};

/** Any projection, as the runtime handles it. */
export interface Projection {
  readonly kind: 'projection';
  readonly name: string;
  readonly version: number;
  /** The previous version, kept in the code so that its rows stay current while this one is built. */
  readonly previous?: Projection;
  /** The listed table first: its rows are read under the projection's own name. */
  readonly tables: readonly [ReadModelTable, ...ReadModelTable[]];
  readonly sources: readonly string[];
  readonly handles: HandledEvents;
  readonly queries: readonly NamedQuery[];
  /** The row changes of an event; none when the projection has no handler for it. */
  handle(event: RecordedEvent): readonly RowChange[];
  /** The same queries over the tables of another version, which may lack columns that this one has. */
  at(version: number): Projection;
}

/** A projection with all its types: what `defineProjection` returns. */
export interface ProjectionDefinition<
  Name extends string,
  Given extends Tables,
  Queries extends QueryTypes,
  Listed extends keyof Given & string = keyof Given & string,
> extends Projection {
  readonly name: Name;
  /** Present in the type alone: the tables by name and by the address of their rows; the named queries. */
  readonly types?: {
    readonly tables: Given;
    readonly lists: Lists<Name, Given, Listed>;
    readonly queries: Queries;
  };
  /**
   * Adds a named query, served as `GET /v1/queries/{name}`. Use the tables of the parameter, never imported ones: they
   * contain the caller's rows only. Parameters are texts, numbers, booleans, times and lists of them, as the schema
   * says: `?customer=ALFKI&minCents=100&status=placed,paid`. A query that no index serves reads every row of the tenant,
   * and says so: `{ scan: true }`.
   *
   * @throws Error when the schema has a parameter that a URL cannot represent
   * @example .query('orders-of', z.strictObject({ customer: z.string() }), (db, { orders }, input) =>
   *   db.select().from(orders).where(eq(orders.customer, input.customer)))
   */
  query<const Query extends string, Input extends z.ZodType, Result extends Select>(
    name: Query,
    input: Input,
    build: (db: SelectBuilder, tables: Readable<Given>, input: z.output<Input>) => Result,
    options?: { readonly scan: true },
  ): ProjectionDefinition<
    Name,
    Given,
    Queries & { readonly [Key in Query]: { input: z.input<Input>; row: RowOf<Result> } },
    Listed
  >;
}

/** `{ billing: subscriptions, 'billing.revenue': revenue }`: how each table's rows are addressed. */
type Lists<Name extends string, Given extends Tables, Listed> = {
  readonly [Table in keyof Given & string as Table extends Listed
    ? Name
    : `${Name}.${Table}`]: Given[Table];
};

/** Requires `list` if there are several tables. */
export type ListNeeded<Given> =
  IsUnion<keyof Given & string> extends true ? { readonly list: keyof Given } : unknown;

type IsUnion<Type, Member = Type> = [Type] extends [never]
  ? false
  : Member extends unknown
    ? [Type] extends [Member]
      ? false
      : true
    : never;

/** The rows of a projection's listed table: the result of its built-in list and get. */
export type ListedRow<Definition extends Projection> = Definition extends {
  readonly name: infer Name;
  readonly types?: { readonly lists: infer Found };
}
  ? Row<ColumnsOf<Found[Name & keyof Found]>>
  : never;
