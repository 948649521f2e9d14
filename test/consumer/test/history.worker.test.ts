/** Git's own answers against those of the streams. */
import { applyD1Migrations, type D1Migration } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { idOf, textOf } from 'ledge';
import { beforeAll, expect, test } from 'vitest';
import { connect } from '../src/client.ts';
import history from './history.json' with { type: 'json' };

const client = connect((url, init) => exports.default.fetch(new Request(url, init)));

/** The version of each path's stream after each commit. */
const versions: Record<string, number>[] = [];

beforeAll(async () => {
  const { MIGRATIONS } = env as unknown as { readonly MIGRATIONS: D1Migration[] };
  await applyD1Migrations(env.DB, MIGRATIONS);
  for (const commit of history) await importCommit(commit);
});

async function importCommit({ commit, author, changes }: (typeof history)[number]): Promise<void> {
  const after = { ...versions.at(-1) };
  for (const { path, blob } of changes) {
    const change = { commit, author };
    const target = client.file(idOf(path));
    const outcome =
      blob === null ? await target.deleteFile(change) : await target.writeFile({ ...change, blob });
    expect(outcome.outcome).toBe('accepted');
    if (outcome.outcome === 'accepted') after[path] = outcome.version;
  }
  versions.push(after);
}

test('PK8 every path at every commit has the blob that git has', async () => {
  let compared = 0;
  for (const [index, { tree }] of history.entries()) {
    for (const [path, version] of Object.entries(versions[index] ?? {})) {
      const found = await client.file(idOf(path)).state({ version });
      const expected: string | null = Object.entries(tree).find(([at]) => at === path)?.[1] ?? null;
      expect(found?.state.blob, `${path} at ${index}`).toBe(expected);
      compared++;
    }
  }
  expect(compared).toBeGreaterThan(20);
});

test('PK8 a path is read back from its id, unless it was too long', () => {
  for (const path of Object.keys(versions.at(-1) ?? {})) {
    expect(textOf(idOf(path))).toBe(path.length > 128 ? undefined : path);
  }
});

test('PK8 the authors have the changes that git counts', async () => {
  const counted = new Map<string, number>();
  for (const { author, changes } of history) {
    counted.set(author, (counted.get(author) ?? 0) + changes.length);
  }
  const { rows } = await client.query('authors', { sort: '-changes' });
  expect(new Map(rows.map(({ author, changes }) => [author, changes]))).toEqual(counted);
  const { rows: busiest } = await client.query('busiest', { limit: 1 });
  expect(busiest).toEqual([rows[0]]);
});
