/** A D1 that is restored to an earlier time, as `ledge restore-database` does it. */
import { env } from './harness.ts';

const MACHINERY = ['journal_page', 'checkpoint', 'subject_key', 'serving_set', 'epoch'];

/** Answers what puts D1 back to now. `tables`: beside those of Ledge. */
export async function savedDatabase(tables: readonly string[] = []): Promise<() => Promise<void>> {
  const kept = [...MACHINERY, ...tables];
  await env.DB.batch(
    kept.flatMap((table) => [
      env.DB.prepare(`DROP TABLE IF EXISTS kept_${table}`),
      env.DB.prepare(`CREATE TABLE kept_${table} AS SELECT * FROM ${table}`),
    ]),
  );
  return async () => {
    await env.DB.batch(
      kept.flatMap((table) => [
        env.DB.prepare(`DELETE FROM ${table}`),
        env.DB.prepare(`INSERT INTO ${table} SELECT * FROM kept_${table}`),
      ]),
    );
  };
}

/** Sends an operator's request below `/v1/restore` that has to succeed, and answers its body. */
export type AskRestore = (path: string, input: object) => Promise<Record<string, unknown>>;

/** With the list that was taken before. Answers what brings back the streams. */
export async function restoredDatabase(
  post: AskRestore,
  putBackDatabase: () => Promise<void>,
): Promise<() => Promise<void>> {
  const { epoch, revision, anchors } = await post('state', {});
  const { streams } = await post('streams', {});
  await putBackDatabase();
  await post('begin', { epoch, revision, anchors });
  const listed = streams as { tenant: string; stream: string }[];
  return async () => {
    await post('bring', { streams: listed.map(({ tenant, stream }) => ({ tenant, stream })) });
  };
}
