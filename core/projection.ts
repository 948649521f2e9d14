import { eq } from 'drizzle-orm';
import {
  type BaseSQLiteDatabase,
  QueryBuilder,
  type SQLiteColumn,
  type SQLiteTableWithColumns,
} from 'drizzle-orm/sqlite-core';
import type * as z from 'zod';
import type { Aggregate } from './aggregate.ts';
import type { EventDefinitions, EventOf, RecordedEvent } from './event.ts';
import { writtenInput } from './query-input.ts';
import { type RowChange, type RowChanges, returnedChanges, rowChanges } from './row-change.ts';
import {
  type Columns,
  type ReadModelTable,
  type Row,
  readModelTable,
  type TableDefinition,
} from './table.ts';

export type Tables = Readonly<Record<string, TableDefinition>>;

type ColumnsOf<Table> = Table extends TableDefinition<infer Cols> ? Cols : never;
type KeyOf<Table> = Table extends TableDefinition<Columns, infer Key> ? Key : never;

/** What a handler is handed: its tables by name. */
type Writable<Given extends Tables> = {
  readonly [Name in keyof Given]: RowChanges<ColumnsOf<Given[Name]>, KeyOf<Given[Name]>>;
};

/** What a query is handed: its tables narrowed to the caller's tenant. To drizzle each reads like a table. */
type Readable<Given extends Tables> = {
  readonly [Name in keyof Given]: SQLiteTableWithColumns<{
    name: Name & string;
    schema: undefined;
    dialect: 'sqlite';
    columns: {
      [Column in keyof ColumnsOf<Given[Name]> & string]: QueryColumn<
        Name & string,
        ColumnsOf<Given[Name]>[Column]
      >;
    };
  }>;
};

/** Knows its table's name: by it drizzle finds out whether a join can leave the column empty. */
type QueryColumn<Table extends string, Builder extends Columns[string]> = SQLiteColumn<{
  name: string;
  tableName: Table;
  dataType: Builder['_']['dataType'];
  columnType: Builder['_']['columnType'];
  data: Builder['_']['data'];
  driverParam: Builder['_']['driverParam'];
  notNull: Builder['_'] extends { notNull: true } ? true : false;
  hasDefault: false;
  isPrimaryKey: false;
  isAutoincrement: false;
  hasRuntimeDefault: false;
  enumValues: Builder['_']['enumValues'];
  baseColumn: never;
  identity: undefined;
  generated: undefined;
}>;

type EventNamed<Events extends EventDefinitions, Type> = Extract<EventOf<Events>, { type: Type }>;

type Handlers<Events extends EventDefinitions, Given extends Tables> = {
  readonly [Type in keyof Events & string]?: (
    event: RecordedEvent<Type, EventNamed<Events, Type>['data']>,
    tables: Writable<Given>,
  ) => RowChange | readonly RowChange[];
};

/** A drizzle select over the tables that were handed in. */
export interface Select<Result = unknown> extends PromiseLike<readonly Result[]> {
  toSQL(): { sql: string; params: unknown[] };
}

/** drizzle's `select`, `selectDistinct`, `with` and `$with`. */
export type Selecting = Pick<
  BaseSQLiteDatabase<'async', unknown>,
  'select' | 'selectDistinct' | 'with' | '$with'
>;

/** A query that a projection answers beside the built-in list and get. */
export interface NamedQuery {
  readonly name: string;
  readonly projection: string;
  readonly input: z.ZodType;
  /** The same for texts, as an address writes them. */
  readonly written: z.ZodType;
  /** `input` is already validated; `tenant` is the caller's. */
  build(selecting: Selecting, tenant: string, input: unknown): Select;
}

/** Any projection, as the machinery handles it. */
export interface Projection {
  readonly name: string;
  readonly version: number;
  /** The version before, kept in the code so that it stays fresh while this one is built. */
  readonly previous?: Projection;
  /** The listed table first: its rows are read under the projection's own name. */
  readonly tables: readonly [ReadModelTable, ...ReadModelTable[]];
  readonly sources: readonly string[];
  readonly queries: readonly NamedQuery[];
  /** The row changes that an event asks for; none when the projection does not know the event. */
  handle(event: RecordedEvent): readonly RowChange[];
  /** The same queries over the tables of another version, which may lack columns that this one has. */
  at(version: number): Projection;
}

type QueryTypes = Readonly<Record<string, { input: unknown; row: unknown }>>;

/** A projection with all its types: what `defineProjection` returns. */
export interface ProjectionDefinition<
  Name extends string,
  Given extends Tables,
  Queries extends QueryTypes,
  Listed extends keyof Given & string = keyof Given & string,
> extends Projection {
  readonly name: Name;
  /** Only a type: the tables by their names and by the names that their rows are read under; the named queries. */
  readonly types?: {
    readonly tables: Given;
    readonly lists: Lists<Name, Given, Listed>;
    readonly queries: Queries;
  };
  /**
   * Adds a named query, served as `GET /v1/queries/{name}`. Take the tables that are handed in, never an import:
   * they hold the caller's rows only. Parameters are texts, numbers, booleans, times and lists of them, as the schema
   * says: `?customer=ALFKI&minCents=100&status=placed,paid`.
   *
   * @throws Error when the schema has a parameter that an address cannot write
   * @example .query('orders-of', z.strictObject({ customer: z.string() }), (db, { orders }, input) =>
   *   db.select().from(orders).where(eq(orders.customer, input.customer)))
   */
  query<const Query extends string, Input extends z.ZodType, Result extends Select>(
    name: Query,
    input: Input,
    build: (db: Selecting, tables: Readable<Given>, input: z.output<Input>) => Result,
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

/** Which table is listed has to be declared where there are several. */
type ListNeeded<Given> =
  IsUnion<keyof Given & string> extends true ? { readonly list: keyof Given } : unknown;

type IsUnion<Type, Member = Type> = [Type] extends [never]
  ? false
  : Member extends unknown
    ? [Type] extends [Member]
      ? false
      : true
    : never;

type RowOf<Result> = Result extends PromiseLike<readonly (infer Found)[]> ? Found : never;

/** The rows of a projection's listed table: what its built-in list and get answer. */
export type ListedRow<Definition extends Projection> = Definition extends {
  readonly name: infer Name;
  readonly types?: { readonly lists: infer Found };
}
  ? Row<ColumnsOf<Found[Name & keyof Found]>>
  : never;

/**
 * Describes a read model: the aggregates it listens to, its tables, and what each event changes in them.
 * `/v1/queries/{name}` lists the rows of its table; of several, those of the one that `list` names, and the others'
 * under `/v1/queries/{name}.{table}`. A handler changes rows and reads none: what it needs to know of the past is in
 * its events, or is added up by `upsert`. Raise `version` with every change of a handler
 * or a table: the tables of the new version are built beside the serving ones, and take over when they are complete.
 * Until then the version before answers; it stays fresh if its definition is kept as `previous`.
 *
 * @throws Error when `previous` is not an older version of the same projection
 * @example defineProjection({
 *   name: 'balances',
 *   version: 1,
 *   from: [account],
 *   tables: { balances: table({ account: text().notNull(), cents: integer().notNull() }, { key: ['account'] }) },
 *   on: {
 *     account: {
 *       Deposited: ({ aggregateId, data }, { balances }) =>
 *         balances.upsert({ account: aggregateId }, { add: { cents: data.cents } }),
 *     },
 *   },
 * })
 */
export function defineProjection<
  const Name extends string,
  const Sources extends readonly Aggregate[],
  Given extends Tables,
  const Listed extends keyof Given & string,
>(
  definition: {
    readonly name: Name;
    readonly version: number;
    readonly from: Sources;
    readonly tables: Given;
    /** The table whose rows are read under the projection's own name; needed where there are several. */
    readonly list?: Listed;
    readonly on: {
      readonly [Source in Sources[number]['name']]?: Handlers<
        Extract<Sources[number], { name: Source }>['events'],
        Given
      >;
    };
    readonly previous?: Projection;
  } & ListNeeded<Given>,
): ProjectionDefinition<Name, Given, Record<never, never>, Listed> {
  const { name, version, tables, previous } = definition;
  if (previous && (previous.name !== name || previous.version >= version)) {
    throw new Error(`The previous version of ${name} must be ${name} before version ${version}.`);
  }
  return assemble(
    {
      name,
      version,
      ...(previous && { previous }),
      tables: listedFirst(name, tables, definition.list),
      sources: definition.from.map((source) => source.name),
      // The typed handlers are called with what their types say: their own event, their own tables.
      handlers: definition.on as unknown as ErasedHandlers,
    },
    [],
  );
}

/** @throws Error when no table is named for the list that is needed, or one that there is not */
function listedFirst<Given extends Tables>(
  projection: string,
  tables: Given,
  list: string | undefined,
): Given {
  const names = Object.keys(tables);
  const listed = list ?? (names.length === 1 ? names[0] : undefined);
  if (names.length > 0 && (listed === undefined || !Object.hasOwn(tables, listed))) {
    throw new Error(
      `Projection ${projection} needs list: the table that /v1/queries/${projection} lists, one of ${names.join(', ')}.`,
    );
  }
  // The same members: only their order differs.
  return listed === undefined ? tables : { [listed]: tables[listed], ...tables };
}

type ErasedHandlers = Readonly<
  Record<string, Readonly<Record<string, (event: RecordedEvent, tables: object) => unknown>>>
>;

interface Blueprint<Name extends string, Given extends Tables> {
  readonly name: Name;
  readonly version: number;
  readonly previous?: Projection;
  readonly tables: Given;
  readonly sources: readonly string[];
  readonly handlers: ErasedHandlers;
}

interface DeclaredQuery {
  readonly name: string;
  readonly input: z.ZodType;
  readonly written: z.ZodType;
  readonly build: (selecting: Selecting, tables: object, input: unknown) => Select;
}

function assemble<
  Name extends string,
  Given extends Tables,
  Queries extends QueryTypes,
  Listed extends keyof Given & string,
>(
  blueprint: Blueprint<Name, Given>,
  queries: readonly DeclaredQuery[],
): ProjectionDefinition<Name, Given, Queries, Listed> {
  const { name, version, previous, sources, handlers } = blueprint;
  const tables = builtTables(blueprint.tables, version);
  const [first, ...others] = tables;
  if (!first) throw new Error(`Projection ${name} has no table.`);
  const writable = Object.fromEntries(tables.map((built) => [built.name, rowChanges(built)]));
  return {
    name,
    version,
    ...(previous && { previous }),
    tables: [first, ...others],
    sources,
    queries: queries.map((query) => ({
      name: query.name,
      projection: name,
      input: query.input,
      written: query.written,
      build: (selecting, tenant, input) =>
        query.build(selecting, scopedTables(tables, tenant), input),
    })),
    handle: (event) => {
      const handler = ownValue(ownValue(handlers, event.aggregate) ?? {}, event.type);
      return handler ? returnedChanges(handler(event, writable), tables) : [];
    },
    at: (other) => assemble({ ...blueprint, version: other }, queries),
    query: (query, input, build) =>
      assemble(blueprint, [
        ...queries,
        {
          name: query,
          input,
          written: writtenInput(query, input),
          // A subquery is used exactly like a table in drizzle's builder, and `given` came out of `input`.
          build: (selecting, scoped, given) =>
            build(selecting, scoped as Readable<Given>, given as z.output<typeof input>),
        },
      ]),
  };
}

/** An event may be called `constructor`. */
function ownValue<Value>(values: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}

function builtTables(tables: Tables, version: number): ReadModelTable[] {
  return Object.entries(tables).map(([name, definition]) =>
    readModelTable(name, definition, version),
  );
}

function scopedTables(
  tables: readonly ReadModelTable[],
  tenant: string,
): Readonly<Record<string, object>> {
  return Object.fromEntries(tables.map((table) => [table.name, tenantRows(table, tenant)]));
}

/** The rows of one tenant, without the tenant column, as a subquery: a forgotten filter has nothing to leak. */
export function tenantRows(model: ReadModelTable, tenant: string) {
  const { tenant: tenantColumn, ...columns } = model.columns;
  if (!tenantColumn) throw new Error(`Table ${model.name} has no tenant.`);
  return new QueryBuilder()
    .select(columns)
    .from(model.table)
    .where(eq(tenantColumn, tenant))
    .as(model.name);
}
