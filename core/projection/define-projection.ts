/**
 * `defineProjection`: checks a definition, builds the tables of its version, and binds handlers and named queries to
 * them.
 */

import type * as z from 'zod';
import type { Aggregate } from '../aggregate/aggregate.ts';
import type { RecordedEvent } from '../aggregate/event.ts';
import { handledEvents } from '../aggregate/handled-events.ts';
import { ownValue } from '../values/own-value.ts';
import type {
  ListNeeded,
  Projection,
  ProjectionDefinition,
  ProjectionHandlers,
} from './projection.ts';
import {
  type DeclaredQuery,
  type QueryTypes,
  type Readable,
  visibleSelect,
} from './projection-query.ts';
import { writtenInput } from './query-input.ts';
import { returnedChanges, rowChanges } from './row-change.ts';
import { type ReadModelTable, readModelTable, type Tables } from './table.ts';

/**
 * Defines a read model: its source aggregates, its tables, and the row changes of each event. `/v1/queries/{name}`
 * lists the rows of its table. With several tables, `list` names the listed one, and the others are read under
 * `/v1/queries/{name}.{table}`. A handler changes rows and cannot read them: it takes what it needs from the event, or
 * adds it up with `upsert`. Raise `version` with every change of a handler or a table: the new version is built in its
 * own tables while the previous one serves, and then replaces it. The previous version stays current meanwhile if its
 * definition is kept as `previous`.
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
      readonly [Source in Sources[number]['name']]?: ProjectionHandlers<
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
      // The runtime calls each handler with its own event and its own tables, as its type says.
      handlers: definition.on as unknown as ErasedHandlers,
    },
    [],
  );
}

/** @throws Error when several tables need a `list`, or `list` names no table */
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
    kind: 'projection',
    name,
    version,
    ...(previous && { previous }),
    tables: [first, ...others],
    sources,
    handles: handledEvents(handlers),
    queries: queries.map((query) => ({
      name: query.name,
      projection: name,
      scan: query.scan,
      input: query.input,
      written: query.written,
      build: (selecting, viewer, input) => visibleSelect(query, selecting, tables, viewer, input),
    })),
    handle: (event) => {
      const handler = ownValue(ownValue(handlers, event.aggregate) ?? {}, event.type);
      return handler ? returnedChanges(handler(event, writable), tables) : [];
    },
    at: (other) => assemble({ ...blueprint, version: other }, queries),
    query: (query, input, build, options) =>
      assemble(blueprint, [
        ...queries,
        {
          name: query,
          scan: options?.scan ?? false,
          input,
          written: writtenInput(query, input),
          // A subquery is used exactly like a table in drizzle's builder, and `given` came out of `input`.
          build: (selecting, scoped, given) =>
            build(selecting, scoped as Readable<Given>, given as z.output<typeof input>),
        },
      ]),
  };
}

function builtTables(tables: Tables, version: number): ReadModelTable[] {
  return Object.entries(tables).map(([name, definition]) =>
    readModelTable(name, definition, version),
  );
}
