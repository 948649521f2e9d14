/** The tables of a generation whose rows become null in part when a subject is forgotten, by their names in the database. */
import { getTableName } from 'drizzle-orm';
import { columnNamed, type ReadModelTable } from '../projection/table.ts';
import { type OpenTable, type Subscriber, tablesOf } from './projection-version.ts';

export function openTablesOf(follower: Subscriber): OpenTable[] {
  return tablesOf(follower).flatMap((model) => {
    const bySubject = Map.groupBy(model.open, ({ subject }) => subject);
    return Array.from(bySubject, ([subject, cells]) => ({
      table: getTableName(model.table),
      columns: namesIn(
        model,
        cells.map(({ column }) => column),
      ),
      subject: columnNamed(model.columns, subject).name,
      index: namesIn(model, indexOf(model, subject)),
    }));
  });
}

/** A table that has none is refused when it is declared. */
function indexOf({ definition }: ReadModelTable, subject: string): readonly string[] {
  if (definition.key[0] === subject) return [];
  return definition.indexes.find(([first]) => first === subject) ?? [];
}

function namesIn({ columns }: ReadModelTable, declared: readonly string[]): string[] {
  return declared.map((name) => columnNamed(columns, name).name);
}
