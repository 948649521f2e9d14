/** All that is stored, as one text: to look in it for what must not be there. */
import { runInDurableObject } from 'cloudflare:test';
import { env, rowsOf } from './harness.ts';
import { objectIds } from './object-ids.ts';

export async function objectsText(): Promise<string> {
  const ids = await objectIds(env.AGGREGATE);
  const dumps = ids.map((id) =>
    runInDurableObject(env.AGGREGATE.get(id), (_object, { storage }) =>
      storage.sql
        .exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'")
        .toArray()
        .filter(({ name }) => !name.startsWith('_cf_'))
        .map(({ name }) => storage.sql.exec(`SELECT * FROM "${name}"`).toArray()),
    ),
  );
  return JSON.stringify(await Promise.all(dumps));
}

export async function databaseText(): Promise<string> {
  const tables = await rowsOf<{ name: string }>(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '_cf_*'",
  );
  return JSON.stringify(
    await Promise.all(tables.map(({ name }) => rowsOf(`SELECT * FROM "${name}"`))),
  );
}
