/** A deployment as new: nothing in any object, on disk or in memory, and no table in D1. */
import { abortAllDurableObjects, runInDurableObject } from 'cloudflare:test';
import { env, rowsOf } from './harness.ts';
import { objectIds } from './object-ids.ts';

/** By hand, since `reset` of `cloudflare:test` leaves some objects that are awake as they were. */
export async function emptyDeployment(): Promise<void> {
  for (const namespace of [env.AGGREGATE, env.LIVE, env.HEALTH]) {
    const ids = await objectIds(namespace);
    await Promise.all(ids.map((id) => runInDurableObject(namespace.get(id), forget)));
  }
  await abortAllDurableObjects();
  await dropTables();
}

export async function dropTables(): Promise<void> {
  const tables = await rowsOf<{ name: string }>(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '_cf_*' AND name NOT GLOB 'sqlite_*'",
  );
  await rowsOf('DROP VIEW IF EXISTS journal');
  for (const { name } of tables) await rowsOf(`DROP TABLE "${name}"`);
}

async function forget(_object: object, { storage }: DurableObjectState): Promise<void> {
  await storage.deleteAlarm();
  await storage.deleteAll();
}
