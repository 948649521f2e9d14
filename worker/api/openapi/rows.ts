/** Describes the rows of a read model as they are answered: drizzle's columns, read as JSON. */
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import type { ReadModelTable } from '../../../core/projection/table.ts';
import { subjectOfColumn } from '../../../core/sealed/personal-column.ts';
import { objectOf, type Schema } from './operation.ts';

export function rowSchema({ columns, definition }: ReadModelTable): Schema {
  const { tenant: _tenant, ...answered } = columns;
  return objectOf(
    Object.fromEntries(
      Object.entries(answered).map(([name, column]) => [
        name,
        cellSchema(column, subjectOfColumn(definition.columns[name])),
      ]),
    ),
  );
}

/** `subject`: of a personal column, which is null without the grant of it. */
function cellSchema(column: SQLiteColumn, subject: string | undefined): Schema {
  const schema = valueSchema(column);
  if (column.notNull && subject === undefined) return schema;
  const orNull: Schema = { anyOf: [schema, { type: 'null' }] };
  return subject === undefined ? orNull : { ...orNull, 'x-personal': subject };
}

/** What a column holds when it holds anything. */
export function valueSchema({ dataType, columnType, enumValues }: SQLiteColumn): Schema {
  if (enumValues && enumValues.length > 0) return { type: 'string', enum: enumValues };
  switch (dataType) {
    case 'string':
      return { type: 'string' };
    case 'number':
      return { type: columnType === 'SQLiteInteger' ? 'integer' : 'number' };
    case 'boolean':
      return { type: 'boolean' };
    case 'date':
      return { type: 'string', format: 'date-time' };
    default:
      return {};
  }
}
