/**
 * The restore drill: a shop with sagas in the middle of their steps is exported under load, and restored into an empty
 * deployment that has nothing but the export.
 */
import { cpSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { exportDeployment } from '../../cli/export/export-deployment.ts';
import { runCli } from '../node/support/run-cli.ts';
import { Reader } from './crash/reader.ts';
import { type Served, serveLedge } from './support/serve.ts';

let from: Served;
let to: Served;
beforeAll(async () => {
  from = await serveLedge();
  to = await serveLedge();
}, 120_000);
afterAll(async () => {
  await from.server.close();
  await to.server.close();
});

const before = new Reader(() => from.url.origin);
const after = new Reader(() => to.url.origin);
const root = mkdtempSync(join(tmpdir(), 'export-'));
const folder = join(root, 'shop');

const exporting = (...more: string[]) =>
  runCli('export', '--out', folder, '--url', from.url.origin, ...more);
const restoring = (path = folder, url = to.url.origin, ...more: string[]) =>
  runCli('restore', path, '--url', url, ...more);

const line = { product: 'chai', quantity: 1, unitCents: 500, discountBp: 0 };
const order = { customer: 'ANATR', country: 'Mexico', lines: [line] };

/** With a key: a repeat gets the same outcome. */
async function command(url: URL, path: string, data: object = {}): Promise<unknown> {
  const headers = {
    'content-type': 'application/json',
    'idempotency-key': path.replaceAll('/', ':'),
  };
  const body = JSON.stringify(data);
  const response = await fetch(`${url.origin}/v1/commands/${path}`, {
    ...{ method: 'POST', headers, body },
  });
  const answer: unknown = await response.json();
  if (!response.ok) throw new Error(`${path}: ${JSON.stringify(answer)}`);
  return answer;
}

interface Order {
  readonly order: string;
  readonly status: string;
}

async function orders(reader: Reader): Promise<Map<string, string>> {
  const { rows } = await reader.get<{ rows: Order[] }>('/v1/queries/orders?limit=1000');
  return new Map(rows.map(({ order: id, status }) => [id, status]));
}

const paid = (url: URL, id: string) => command(url, `payment/${id}/CapturePayment`);

/** Once its saga has asked for the payment. */
async function pay(reader: Reader, url: URL, id: string): Promise<void> {
  await vi.waitFor(() => paid(url, id), { timeout: 30_000, interval: 200 });
  await vi.waitFor(async () => expect((await orders(reader)).get(id)).toBe('shipped'), {
    timeout: 30_000,
    interval: 200,
  });
}

interface Manifest {
  readonly parts: readonly {
    readonly file: string;
    readonly kind: string;
    readonly streams: number;
  }[];
  readonly totals: { readonly streams: number; readonly events: number; readonly timers: number };
}

const manifest = (path = folder): Manifest =>
  JSON.parse(readFileSync(join(path, 'manifest.json'), 'utf8'));

const HALF = Array.from({ length: 6 }, (_, index) => `half-${index}`);
const DONE = Array.from({ length: 6 }, (_, index) => `done-${index}`);

describe('EX4 an export', () => {
  const loaded: string[] = [];

  test('under load has every stream, and a second one reads what has changed alone', async () => {
    await command(from.url, 'product/chai/RegisterProduct', { name: 'Chai', priceCents: 500 });
    await command(from.url, 'product/chai/ReceiveStock', { quantity: 1_000 });
    for (const id of [...DONE, ...HALF]) await command(from.url, `order/${id}/PlaceOrder`, order);
    await Promise.all(DONE.map((id) => pay(before, from.url, id)));
    let isOver = false;
    const load = (async () => {
      while (!isOver) {
        const id = `load-${loaded.length}`;
        await command(from.url, `order/${id}/PlaceOrder`, order);
        loaded.push(id);
        await sleep(50);
      }
    })();
    // In parts so small that most streams are in several, cut in the middle, and run again.
    const small = { server: { url: from.url.origin }, folder, reason: 'drill', partCharacters: 1 };
    let shown = 0;
    const cut = () => {
      if (++shown === 2) throw new Error('cut');
    };
    await expect(exportDeployment({ ...small, show: cut })).rejects.toThrow('cut');
    expect(manifest()).toMatchObject({ finishedAt: null, place: { step: expect.any(String) } });
    expect((await restoring()).stderr).toContain('is not whole');
    const first = await exportDeployment({ ...small, show: () => undefined });
    isOver = true;
    await load;
    expect(first.finishedAt).not.toBeNull();
    expect(new Set(first.parts.map(({ file }) => file)).size).toBe(first.parts.length);
    const known = manifest().parts.length;
    // All messages have arrived.
    await vi.waitFor(async () => expect((await orders(before)).size).toBe(12 + loaded.length), {
      timeout: 30_000,
    });
    const all = manifest().totals.streams;
    const second = await exporting();
    expect([second.code, second.stderr]).toEqual([0, '']);
    const newer = manifest().parts.slice(known);
    expect(new Set(newer.map(({ kind }) => kind))).toEqual(new Set(['newer']));
    const read = newer.reduce((sum, { streams }) => sum + streams, 0);
    expect(read).toBeLessThan(all + 4 * loaded.length);
    // Orders, payments and sagas; the product and trails.
    expect(manifest().totals.streams).toBeGreaterThanOrEqual(3 * (12 + loaded.length) + 1);
    expect(manifest().totals.timers).toBeGreaterThanOrEqual(HALF.length + loaded.length);
  }, 180_000);

  test('is in the audit trail with its reason', async () => {
    const trail = await before.get<object>('/v1/audit?limit=100');
    expect(JSON.stringify(trail)).toContain('"reason":"drill"');
  });

  test('is refused where it is torn, altered, foreign, of another format or not whole', async () => {
    const altered = async (name: string, alter: (path: string) => void) => {
      const path = join(root, name);
      cpSync(folder, path, { recursive: true });
      alter(path);
      const { code, stdout, stderr } = await restoring(path);
      expect([code, stdout]).toEqual([1, '']);
      return stderr;
    };
    const textOf = (name: string) => gunzipSync(readFileSync(join(folder, name))).toString();
    const part =
      readdirSync(folder).find((name) => name.endsWith('.gz') && textOf(name).includes('ANATR')) ??
      expect.unreachable();
    const rewrite = (path: string, change: (text: string) => string, file = 'manifest.json') =>
      writeFileSync(join(path, file), change(readFileSync(join(path, file), 'utf8')));
    expect(
      await altered('torn', (path) => {
        const bytes = readFileSync(join(path, part));
        writeFileSync(join(path, part), bytes.subarray(0, bytes.length - 100));
      }),
    ).toContain('not the file that was exported');
    expect(
      await altered('edited', (path) => {
        writeFileSync(join(path, part), gzipSync(textOf(part).replaceAll('ANATR', 'OTHER')));
      }),
    ).toContain('not the file that was exported');
    expect(await altered('foreign', (path) => rewrite(path, () => '{"name":"other"}'))).toContain(
      'not one of an export',
    );
    expect(await altered('cut', (path) => rewrite(path, (text) => text.slice(0, 40)))).toContain(
      'not one of an export',
    );
    expect(
      await altered('newer', (path) =>
        rewrite(path, (text) => text.replace('"format": 1', '"format": 2')),
      ),
    ).toContain('format 2');
    expect(
      await altered('half', (path) =>
        rewrite(path, (text) => text.replace(/"finishedAt": "[^"]*"/, '"finishedAt": null')),
      ),
    ).toContain('not whole');
    expect((await after.get<{ rows: unknown[] }>('/v1/queries/orders')).rows).toEqual([]);
  }, 120_000);
});

describe('EX5 a restore into an empty deployment', () => {
  test('has everything, and sagas go on where they were', async () => {
    const done = await orders(before);
    const restored = await restoring();
    expect([restored.code, restored.stderr]).toEqual([0, '']);
    await vi.waitFor(async () => expect(await orders(after)).toEqual(done), { timeout: 60_000 });
    // A repeated command gets the outcome that it had.
    expect(await command(to.url, `order/${DONE[0]}/PlaceOrder`, order)).toEqual(
      await command(from.url, `order/${DONE[0]}/PlaceOrder`, order),
    );
    await Promise.all(HALF.map((id) => pay(after, to.url, id)));
    const { rows } = await after.get<{ rows: { onHand: number }[] }>('/v1/queries/products');
    expect(rows).toMatchObject([{ product: 'chai', onHand: 1_000 - DONE.length - HALF.length }]);
    const timers = await after.get<{ timers: unknown[] }>('/v1/timers/fulfilment/load-0');
    expect(timers.timers).toHaveLength(1);
    expect((await after.verifyJournal()).differences).toEqual([]);
    for (const projection of ['products', 'orders']) {
      const verified = await runCli('projections', 'verify', projection, '--url', to.url.origin);
      expect([projection, verified.code]).toEqual([projection, 0]);
    }
    expect(await after.get('/v1/incidents')).toMatchObject({ incidents: [] });
  }, 180_000);

  test('changes nothing the second time', async () => {
    const done = await orders(after);
    const again = await restoring();
    expect([again.code, again.stderr]).toEqual([0, '']);
    expect(await orders(after)).toEqual(done);
    expect((await after.verifyJournal()).differences).toEqual([]);
  }, 120_000);

  test('is refused where there is something already', async () => {
    const refused = await restoring(folder, from.url.origin);
    expect([refused.code, refused.stdout]).toEqual([1, '']);
    expect(refused.stderr).toContain('is not empty');
  }, 60_000);
});
