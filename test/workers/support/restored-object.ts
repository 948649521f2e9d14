/**
 * Puts an object back to an earlier time, as the platform does: its whole database. The local runtime has the platform's
 * function and refuses it, so the rows are copied and put back.
 */
import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { objectOf } from './harness.ts';

interface SavedTable {
  readonly sql: string;
  readonly name: string;
  readonly rows: readonly Record<string, SqlStorageValue>[];
}

export interface SavedObject {
  readonly tables: readonly SavedTable[];
  readonly triggers: readonly string[];
}

/** An object before its first write. */
export const nothingSaved: SavedObject = { tables: [], triggers: [] };

const OWN = "name NOT GLOB '_*'";

export function savedObject(stream: string, tenant = 'main'): Promise<SavedObject> {
  return runInDurableObject(objectOf(stream, tenant), (_object, { storage: { sql } }) => {
    const tables = sql
      .exec<{ name: string; sql: string }>(
        `SELECT name, sql FROM sqlite_master WHERE type = 'table' AND ${OWN}`,
      )
      .toArray()
      .map((table) => ({ ...table, rows: sql.exec(`SELECT * FROM "${table.name}"`).toArray() }));
    const triggers = sql
      .exec<{ sql: string }>("SELECT sql FROM sqlite_master WHERE type = 'trigger'")
      .toArray();
    return { tables, triggers: triggers.map((trigger) => trigger.sql) };
  });
}

/** The object is evicted, as after a restore. Its alarm stays. */
export async function putBack(stream: string, saved: SavedObject, tenant = 'main'): Promise<void> {
  const object = objectOf(stream, tenant);
  await runInDurableObject(object, (_object, { storage }) => {
    const { sql } = storage;
    storage.transactionSync(() => {
      const found = sql
        .exec<{ name: string }>(`SELECT name FROM sqlite_master WHERE type = 'table' AND ${OWN}`)
        .toArray();
      for (const { name } of found) sql.exec(`DROP TABLE "${name}"`);
      for (const table of saved.tables) {
        sql.exec(table.sql);
        for (const row of table.rows) {
          const values = Object.values(row);
          const places = values.map(() => '?').join(', ');
          sql.exec(`INSERT INTO "${table.name}" VALUES (${places})`, ...values);
        }
      }
      for (const trigger of saved.triggers) sql.exec(trigger);
    });
  });
  await evictDurableObject(object);
}
