/**
 * Whether an index serves every read of an app: SQLite's plan of each declared filter, sort, key, count and named query,
 * for callers of all rows and under each rule over rows, and of what forgets a subject. A read of every row of the tenant is declared: `scan: true`.
 */
import { DatabaseSync } from 'node:sqlite';
import type { Access } from '../../core/access/define-access.ts';
import { type App, allProjections } from '../../core/app.ts';
import { readMigrations } from '../../migrations/read-migrations.ts';
import { forgetFaults } from './plans/forget-faults.ts';
import { ruleFaults } from './plans/rule-faults.ts';
import { scanFaults } from './plans/scan-faults.ts';

/** `folder`: of the migrations, which create the app's tables. */
export function planFaults(folder: string, app: App, access?: Access): string[] {
  const database = new DatabaseSync(':memory:');
  try {
    for (const { sql } of readMigrations(folder)) database.exec(sql);
    return allProjections(app).flatMap((projection) => [
      ...scanFaults(database, projection),
      ...ruleFaults(database, projection, access),
      ...forgetFaults(database, projection),
    ]);
  } finally {
    database.close();
  }
}
