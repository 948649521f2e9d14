/** The statement that forgets what one table of open columns has of subjects; `ledge check` looks at its plan, too. */
import type { OpenTable } from '../../core/plan/projection-version.ts';
import { indexedTenant } from '../../core/projection/read-path.ts';
import { quoted } from './row-statements.ts';

/** A row without a value is not written. */
export function forgetSql({ table, columns, subject, index }: OpenTable): string {
  const names = columns.map(quoted);
  const named = index.map((name) => ({ name }));
  const tenant = named.length === 0 ? ['tenant', '?1'] : ['tenant', '?1'].map(indexed);
  return `UPDATE ${quoted(table)} SET ${names.map((name) => `${name} = NULL`).join(', ')}
    WHERE ${tenant.join(' = ')} AND ${quoted(subject)} IN (SELECT value FROM json_each(?2))
      AND (${names.map((name) => `${name} IS NOT NULL`).join(' OR ')})`;

  function indexed(part: string): string {
    return indexedTenant(named, part);
  }
}
