/** The built-in list and get over a projection's tables, as readings: filters, order, cursor, count; key. */
import { and, count, getTableName, isNotNull, type SQL, sql } from 'drizzle-orm';
import * as z from 'zod';
import { ungranted } from '../../core/access/rights.ts';
import { type Failure, invalid } from '../../core/aggregate/outcome.ts';
import { type List, listIn } from '../../core/app.ts';
import type { Projection } from '../../core/projection/projection.ts';
import type { Select, SelectBuilder } from '../../core/projection/projection-query.ts';
import { notNarrowed } from '../../core/projection/read-path.ts';
import {
  indexOf,
  isMasked,
  isVisible,
  scopeOf,
  type Viewer,
} from '../../core/projection/row-scope.ts';
import {
  columnNamed,
  type ReadModelTable,
  type TableDefinition,
} from '../../core/projection/table.ts';
import { decodeCursor, encodeCursor } from '../http/cursor.ts';
import { trueOrFalse, wholeNumber } from '../http/query-parameters.ts';
import { withJitter } from '../http/unavailable.ts';
import { cellInput, comparedColumns, conditions, filterInputs } from './filters.ts';
import { type PreparedSelect, selectsOf } from './prepared-select.ts';
import type { Reading, RowObject } from './reading.ts';
import { comesAfter, type Order, orderBy, orderOf, placeOf } from './row-order.ts';

/** A page, the cursor of the next one if there may be one, and the number of matching rows if requested. */
export interface RowPage {
  readonly rows: readonly RowObject[];
  readonly cursor?: string;
  readonly count?: number;
  /** Whether counting has stopped at `count`, and more rows match. */
  readonly countIsCapped?: true;
}

/** Our limit on the rows that a count reads: D1 bills each of them. */
export const COUNT_MAX = 10_000;

/** D1 binds 100 values per statement. A filter takes at most two; the cursor has one per column of the key. */
const FILTERS_MAX = 30;

/** The reading of a list in the serving version, which may be older and lack the list's table. */
export function ofList<Found>(
  list: List,
  readingOf: (model: ReadModelTable) => Reading<Found> | Failure,
): (served: Projection) => Reading<Found> | Failure {
  return (served) => {
    const model = listIn(served, list);
    if (model) return readingOf(model);
    const { address, projection } = list;
    const detail = `${address} comes with version ${projection.version} of ${projection.name}; version ${served.version} serves.`;
    return { outcome: 'unavailable', detail, retryAfterSeconds: withJitter(5) };
  };
}

/** The schema of a list's parameters. */
export const listInput = oncePerTable(listSchema);

/** The schema of a key's parts, by column. */
export const keyInput = oncePerTable(keySchema);

/** A cache: making a schema takes longer than most queries. */
function oncePerTable<Schema>(make: (model: ReadModelTable) => Schema) {
  const made = new WeakMap<TableDefinition, Schema>();
  return (model: ReadModelTable): Schema => {
    const schema = made.get(model.definition) ?? make(model);
    made.set(model.definition, schema);
    return schema;
  };
}

/** A sort is a column, `-` before it for descending. */
function listSchema(model: ReadModelTable) {
  const sorts = model.definition.sorts.flatMap((name) => [name, `-${name}`]);
  const paging = {
    sort: z.enum(sorts).exactOptional(),
    limit: wholeNumber({ min: 1, max: 1_000, default: 100 }),
    cursor: z.string().exactOptional(),
    count: trueOrFalse().exactOptional(),
  };
  const filterCount = (input: object) =>
    Object.keys(input).filter((name) => !Object.hasOwn(paging, name)).length;
  return z
    .strictObject({ ...filterInputs(model), ...paging })
    .refine((input) => filterCount(input) <= FILTERS_MAX, `Send at most ${FILTERS_MAX} filters.`);
}

export type ListQueryInput = z.output<ReturnType<typeof listSchema>>;

export function listReading(
  viewer: Viewer,
  model: ReadModelTable,
  { sort, limit, cursor, count: isCounted, ...filters }: ListQueryInput,
): Reading<RowPage> | Failure {
  const order = orderOf(model, sort);
  const compared = comparedColumns(filters);
  const inferred = [...compared.equal, ...compared.ranged, ...order.names].find(isOpenIn(model));
  if (inferred !== undefined && isMasked(model, viewer)) return ungranted('personal');
  const scope = scopeOf(viewer, model.name) ?? null;
  const list = [shapeOf(model, order), order.names, order.descending, filters, scope];
  const start = cursor === undefined ? undefined : decodeCursor(list, cursor);
  if (cursor !== undefined && start?.length !== order.columns.length) {
    return invalid(
      'cursor',
      'This is not a cursor of this list with this sort and these filters, in the version that is served now.',
    );
  }
  const narrowing = { ...compared, sorted: order.names.slice(0, 1) };
  const filtered = and(
    isVisible(model, viewer, narrowing),
    ...conditions(model, filters),
    ...order.names
      .filter(isOpenIn(model))
      .map((name) => isNotNull(columnNamed(model.columns, name))),
  );
  const column = indexOf(model, viewer, narrowing) && columnNamed(model.columns, 'tenant');
  const within = column && { tenant: viewer.tenant, column };
  return {
    selects: (selecting) => [
      rowsOf(
        model,
        viewer,
        sql`where ${and(filtered, start && comesAfter(order, start, within))}
          order by ${sql.join(orderBy(order, column), sql`, `)} limit ${limit}`,
      ),
      ...(isCounted ? [countOf(selecting, model, filtered)] : []),
    ],
    answer: ([rows = [], counts], [isCut]) => {
      const last = isCut || rows.length === limit ? rows.at(-1) : undefined;
      return {
        rows,
        ...(last && { cursor: encodeCursor(list, placeOf(order, last)) }),
        ...(counts && counted(Number(counts[0]?.rows))),
      };
    },
  };
}

/** Counts one row more than the limit, which tells a capped count from a whole one. */
function countOf(selecting: SelectBuilder, { table }: ReadModelTable, filtered?: SQL): Select {
  const matching = selecting
    .select({ one: sql`1`.as('one') })
    .from(table)
    .where(filtered)
    .limit(COUNT_MAX + 1);
  return selecting.select({ rows: count() }).from(matching.as('matching'));
}

function counted(rows: number): Pick<RowPage, 'count' | 'countIsCapped'> {
  return rows > COUNT_MAX ? { count: COUNT_MAX, countIsCapped: true } : { count: rows };
}

/**
 * The table with its version, and the storage of the sorted columns: for another shape a cursor's values are not valid.
 */
function shapeOf({ table }: ReadModelTable, { cells }: Order): string[] {
  return [getTableName(table), ...cells.map(({ storage }) => storage)];
}

function keySchema({ definition, columns }: ReadModelTable) {
  const cells = definition.key.map((name) => [name, cellInput(columnNamed(columns, name))]);
  return z.strictObject(Object.fromEntries(cells));
}

/** The row with this key; undefined when there is none. */
export function rowReading(
  viewer: Viewer,
  model: ReadModelTable,
  key: z.output<ReturnType<typeof keySchema>>,
): Reading<RowObject | undefined> {
  const isWanted = and(
    isVisible(model, viewer, { ...notNarrowed, equal: Object.keys(key) }),
    ...conditions(model, key),
  );
  return {
    selects: () => [rowsOf(model, viewer, sql`where ${isWanted}`)],
    answer: ([rows = []]) => rows[0],
  };
}

type Selects = ReturnType<typeof selectsOf>;

/** Caches: of the columns as they are, and of those that a viewer without the grant is shown. */
const selectsOfAll = new WeakMap<object, Selects>();
const selectsOfMasked = new WeakMap<object, Selects>();

/** The columns that the viewer is shown, of the rows that `rest` selects and sorts. */
function rowsOf(model: ReadModelTable, viewer: Viewer, rest: SQL): PreparedSelect {
  const masked = isMasked(model, viewer) ? model.open : [];
  const known = masked.length > 0 ? selectsOfMasked : selectsOfAll;
  const selects = known.get(model.table) ?? selectsOf(shownColumns(model, masked), model.table);
  known.set(model.table, selects);
  return selects(rest);
}

function shownColumns(model: ReadModelTable, masked: ReadModelTable['open']) {
  const { tenant: _tenant, ...columns } = model.columns;
  return { ...columns, ...Object.fromEntries(masked.map(({ column }) => [column, sql`NULL`])) };
}

function isOpenIn({ open }: ReadModelTable): (name: string) => boolean {
  return (name) => open.some(({ column }) => column === name);
}
