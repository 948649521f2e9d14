/**
 * The filters of the built-in list: `status=placed`, `status.in=placed,confirmed`, `netCents.gte=1000`,
 * `customer.prefix=AL`. The filters of each column, the parsing of their values, and their conditions.
 */
import { type SQL, sql } from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import * as z from 'zod';
import type { CellCodec } from '../../core/projection/cell.ts';
import { LIST_RULE } from '../../core/projection/list-text.ts';
import type { Narrowing } from '../../core/projection/read-path.ts';
import { cellNamed, columnNamed, type ReadModelTable } from '../../core/projection/table.ts';
import { decimalNumber, listOf, trueOrFalse, wholeNumber } from '../http/query-parameters.ts';
import { utcTime } from '../http/utc-time.ts';
import { afterPrefix } from './text-prefix.ts';

/** The parameters of a comparison. Bounds are not rounded to the column's stored form: see CellCodec. */
interface Compared {
  readonly column: SQLiteColumn;
  readonly cell: CellCodec;
  readonly value: unknown;
}

const operators = {
  eq: by('='),
  in: isOneOf,
  gt: by('>'),
  gte: by('>='),
  lt: by('<'),
  lte: by('<='),
  prefix: beginsWith,
} satisfies Record<string, (compared: Compared) => SQL>;

type Operator = keyof typeof operators;

const ordered = ['eq', 'in', 'gt', 'gte', 'lt', 'lte'] as const;

function operatorsOf(column: SQLiteColumn): readonly Operator[] {
  if (column.dataType === 'boolean') return ['eq'];
  if (isEnum(column)) return ['eq', 'in'];
  return column.columnType === 'SQLiteText' ? [...ordered, 'prefix'] : ordered;
}

/** The schema of the filters: each parameter, and the parsing of its value. */
export function filterInputs({ definition, columns }: ReadModelTable): Record<string, z.ZodType> {
  const inputs = definition.filters.flatMap((name) => {
    const column = columnNamed(columns, name);
    return operatorsOf(column).map((operator) => [
      operator === 'eq' ? name : `${name}.${operator}`,
      filterInput(name, column, operator).exactOptional(),
    ]);
  });
  return Object.fromEntries(inputs);
}

const LIST_ITEMS_MAX = 1_000;

function filterInput(name: string, column: SQLiteColumn, operator: Operator): z.ZodType {
  switch (operator) {
    case 'in':
      return listOf(cellInput(column), LIST_ITEMS_MAX).describe(`One of these. ${LIST_RULE}`);
    case 'prefix':
      return wellFormed().describe(`How \`${name}\` begins.`);
    default:
      return cellInput(column);
  }
}

/** The schema of a column's value in a URL. */
export function cellInput(column: SQLiteColumn): z.ZodType {
  const { dataType, columnType, enumValues } = column;
  if (enumValues && isEnum(column)) return z.enum(enumValues);
  switch (dataType) {
    case 'number':
      return columnType === 'SQLiteInteger' ? wholeNumber() : decimalNumber();
    case 'boolean':
      return trueOrFalse();
    case 'date':
      return utcTime.transform((time) => new Date(time));
    default:
      return columnType === 'SQLiteNumeric' ? decimalNumber() : wellFormed();
  }
}

/** A URL cannot contain a lone surrogate, but the JSON of a live query can; no row contains one. */
function wellFormed() {
  return z.string().refine((text) => text.isWellFormed(), 'Send no half of a surrogate pair.');
}

function isEnum({ enumValues }: SQLiteColumn): boolean {
  return enumValues !== undefined && enumValues.length > 0;
}

/** The conditions of the given filters, which have passed `filterInputs`. */
export function conditions(model: ReadModelTable, sent: Readonly<Record<string, unknown>>): SQL[] {
  return Object.entries(sent).map(([parameter, value]) => {
    const [name = '', operator = 'eq'] = parameter.split('.');
    const [column, cell] = [columnNamed(model.columns, name), cellNamed(model, name)];
    return operators[operator as Operator]({ column, cell, value });
  });
}

/** The columns that the filters compare. */
export function comparedColumns(
  sent: Readonly<Record<string, unknown>>,
): Pick<Narrowing, 'equal' | 'ranged'> {
  const compared = Object.keys(sent).map((parameter) => parameter.split('.'));
  const columns = (isEqual: boolean) =>
    compared.flatMap(([name = '', operator = 'eq']) =>
      ['eq', 'in'].includes(operator) === isEqual ? [name] : [],
    );
  return { equal: columns(true), ranged: columns(false) };
}

function by(sign: '=' | '>' | '>=' | '<' | '<=') {
  return ({ column, cell, value }: Compared): SQL =>
    sql`${column} ${sql.raw(sign)} ${cell.encodeBound(value)}`;
}

/** One bound value for any number of items: D1 binds at most a hundred. */
function isOneOf({ column, cell, value }: Compared): SQL {
  const bounds = [value].flat().map(cell.encodeBound);
  return sql`${column} IN (SELECT value FROM json_each(${JSON.stringify(bounds)}))`;
}

/** A range instead of LIKE, which D1 limits to patterns of 50 bytes and which ignores case. */
function beginsWith({ column, value }: Compared): SQL {
  const end = afterPrefix(String(value));
  return end === undefined
    ? sql`${column} >= ${value}`
    : sql`(${column} >= ${value} AND ${column} < ${end})`;
}
