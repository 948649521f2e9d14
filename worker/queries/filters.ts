/**
 * The filters of the built-in list: `status=placed`, `status.in=placed,confirmed`, `netCents.gte=1000`,
 * `customer.prefix=AL`. Which a column takes, how their values are read, and the condition that each becomes.
 */
import { and, eq, gt, gte, lt, lte, type SQL, sql } from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import { z } from 'zod';
import { columnNamed, type ReadModelTable } from '../../core/table.ts';
import {
  decimalNumber,
  LIST_RULE,
  listOf,
  trueOrFalse,
  wholeNumber,
} from '../http/query-parameters.ts';
import { utcTime } from '../http/utc-time.ts';
import { afterPrefix } from './text-prefix.ts';

const operators = { eq, in: isOneOf, gt, gte, lt, lte, prefix: beginsWith };

type Operator = keyof typeof operators;

const ordered = ['eq', 'in', 'gt', 'gte', 'lt', 'lte'] as const;

function operatorsOf(column: SQLiteColumn): readonly Operator[] {
  if (column.dataType === 'boolean') return ['eq'];
  if (isEnum(column)) return ['eq', 'in'];
  return column.columnType === 'SQLiteText' ? [...ordered, 'prefix'] : ordered;
}

/** The shape of what may be sent: each filter's parameter, and how its value is read. */
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
      return z.string().describe(`How \`${name}\` begins.`);
    default:
      return cellInput(column);
  }
}

/** A value of the column as callers write it. */
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
      return z.string();
  }
}

function isEnum({ enumValues }: SQLiteColumn): boolean {
  return enumValues !== undefined && enumValues.length > 0;
}

/** What the filters that were sent say of a row. They have passed `filterInputs`. */
export function conditions(
  { columns }: ReadModelTable,
  sent: Readonly<Record<string, unknown>>,
): (SQL | undefined)[] {
  return Object.entries(sent).map(([parameter, value]) => {
    const [name = '', operator = 'eq'] = parameter.split('.');
    return operators[operator as Operator](columnNamed(columns, name), value);
  });
}

/** One bound value, however many are listed: D1 takes a hundred. */
function isOneOf(column: SQLiteColumn, values: unknown): SQL {
  const cells = [values].flat().map((value) => column.mapToDriverValue(value));
  return sql`${column} IN (SELECT value FROM json_each(${JSON.stringify(cells)}))`;
}

/** A range, not LIKE: D1 takes patterns of 50 bytes, and to LIKE an a is an A. */
function beginsWith(column: SQLiteColumn, prefix: unknown): SQL | undefined {
  const end = afterPrefix(String(prefix));
  return and(gte(column, prefix), end === undefined ? undefined : lt(column, end));
}
