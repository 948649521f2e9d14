/** EX8 An export in a bucket of R2: copied, brought up to date, and restored from by a machine that has nothing else. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCliWith } from '../node/support/run-cli.ts';
import { LocalBuckets } from './support/local-buckets.ts';
import { type Served, serveLedge } from './support/serve.ts';

let from: Served;
let to: Served;
const buckets = new LocalBuckets();
beforeAll(async () => {
  from = await serveLedge();
  to = await serveLedge();
  await register('tea');
}, 120_000);
afterAll(async () => {
  buckets[Symbol.dispose]();
  await from.server.close();
  await to.server.close();
});

const root = mkdtempSync(join(tmpdir(), 'export-bucket-'));
const folder = join(root, 'shop');
const place = ['--bucket', 'backups', '--prefix', 'shop/night'];

async function register(id: string): Promise<void> {
  const url = new URL(`/v1/commands/product/${id}/RegisterProduct`, from.url);
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ name: id, priceCents: 1 });
  const answer = await fetch(url, { method: 'POST', headers, body });
  expect(answer.status).toBe(200);
}

const ledge = (...args: string[]) => runCliWith(buckets.env, ...args);
const exporting = (out = folder, ...more: string[]) =>
  ledge('export', '--out', out, '--url', from.url.origin, ...place, ...more);
const restoring = (path: string, ...more: string[]) =>
  ledge('restore', path, '--url', to.url.origin, ...place, ...more);

interface Manifest {
  readonly parts: readonly { readonly file: string }[];
}

const manifestIn = (path: string): Manifest =>
  JSON.parse(readFileSync(join(path, 'manifest.json'), 'utf8'));

/** In the order in which they are moved. */
const moved = (operation: string, files: readonly string[]) =>
  files.map((file) => `${operation} backups/shop/night/${file}`);

describe('EX8 an export with a bucket', () => {
  test('puts each part, reads it back, and puts the manifest last', async () => {
    const { code, stdout, stderr } = await exporting();
    expect([code, stderr]).toEqual([0, '']);
    const files = manifestIn(folder).parts.map(({ file }) => file);
    expect(stdout).toMatch(
      /The bucket backups\/shop\/night has it too: \d+ new parts?, read back\./,
    );
    const look = moved('get', ['manifest.json']);
    expect(buckets.calls()).toEqual([
      ...[...look, ...look],
      ...files.flatMap((file) => [...moved('put', [file]), ...moved('get', [file])]),
      ...moved('put', ['manifest.json']),
    ]);
  });

  test('puts the new parts alone the next time', async () => {
    const known = manifestIn(folder).parts.length;
    await register('coffee');
    const { code, stderr } = await exporting();
    expect([code, stderr]).toEqual([0, '']);
    const files = manifestIn(folder).parts.map(({ file }) => file);
    expect(files.length).toBeGreaterThan(known);
    const put = buckets.calls().filter((call) => call.startsWith('put'));
    expect(put).toEqual(moved('put', [...files.slice(known), 'manifest.json']));
  });

  test('writes over no other export, and says so before the deployment is asked', async () => {
    const { code, stdout, stderr } = await exporting(join(root, 'another'));
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('backups/shop/night has another export than the folder');
    expect(existsSync(join(root, 'another'))).toBe(false);
    expect(buckets.calls()).toEqual(moved('get', ['manifest.json']));
  });

  test('that wrangler refuses says so, and what is exported is kept', async () => {
    buckets.fail();
    const { code, stderr } = await exporting();
    buckets.mend();
    expect(code).toBe(1);
    expect(stderr).toMatch(/Authentication error[\s\S]*CLOUDFLARE_API_TOKEN, and run it again/);
    buckets.calls();
  });

  test.each([
    [['--bucket', 'No Bucket'], 'It is no name of a bucket.'],
    [['--bucket', 'backups', '--prefix', '../other'], 'It is no path'],
    [['--prefix', 'night'], 'name it with --bucket'],
  ])('%j is refused', async (args, message) => {
    const out = ['export', '--out', join(root, 'none'), '--url', from.url.origin];
    const { code, stderr } = await ledge(...out, ...args);
    expect([code, stderr]).toEqual([1, expect.stringContaining(message)]);
    expect(buckets.calls()).toEqual([]);
  });
});

describe('EX8 a restore from a bucket', () => {
  const fetched = join(root, 'fetched');

  test('refuses a part that is not the exported one, before anything is stored', async () => {
    const part = 'part-000001.ndjson.gz';
    const path = join(root, part);
    const put = (file: string) =>
      execFileSync(
        'wrangler',
        ['r2', 'object', 'put', `backups/shop/night/${part}`, `--file=${file}`, '--remote'],
        { env: { ...process.env, ...buckets.env } },
      );
    writeFileSync(path, 'altered');
    put(path);
    const { code, stderr } = await restoring(fetched);
    put(join(folder, part));
    expect([code, stderr]).toEqual([1, expect.stringContaining(`${part} is not the file that`)]);
    expect(existsSync(join(fetched, 'manifest.json'))).toBe(false);
    const products = await fetch(new URL('/v1/queries/products', to.url));
    expect(await products.json()).toMatchObject({ rows: [] });
    buckets.calls();
  });

  test('fetches what the folder lacks, and restores it', async () => {
    cpSync(join(folder, 'part-000001.ndjson.gz'), join(fetched, 'part-000001.ndjson.gz'));
    const { code, stderr } = await restoring(fetched);
    expect([code, stderr]).toEqual([0, '']);
    const rest = manifestIn(folder).parts.map(({ file }) => file);
    expect(buckets.calls()).toEqual(moved('get', ['manifest.json', ...rest.slice(1)]));
    expect(readdirSync(fetched).toSorted()).toEqual([
      ...['manifest.json', ...rest, 'restored-to.txt'].toSorted(),
    ]);
    const state = await fetch(new URL('/v1/aggregates/product/coffee', to.url));
    expect(await state.json()).toMatchObject({ version: 1, state: { name: 'coffee' } });
  }, 120_000);

  test('is refused where there is no export, and into a folder with another one', async () => {
    const empty = await ledge(
      ...['restore', join(root, 'nothing'), '--url', to.url.origin, '--bucket', 'empty'],
    );
    expect([empty.code, empty.stderr]).toEqual([1, 'There is no export in the bucket empty.\n']);
    const other = join(root, 'other');
    expect((await ledge('export', '--out', other, '--url', from.url.origin)).stderr).toBe('');
    const { code, stderr } = await restoring(other);
    expect([code, stderr]).toEqual([1, expect.stringContaining('nothing was fetched')]);
  }, 60_000);
});
