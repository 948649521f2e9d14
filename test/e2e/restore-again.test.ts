/** A restore that is cut wherever it is and run again, and two at once: one deployment is as one export has it. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { exportDeployment } from '../../cli/export/export-deployment.ts';
import { restoreExport } from '../../cli/restore/restore-export.ts';
import { runCli } from '../node/support/run-cli.ts';
import { type Served, serveLedge } from './support/serve.ts';

const HOUSE = 'test/e2e/support/guest-house/wrangler.toml';
const root = mkdtempSync(join(tmpdir(), 'restore-again-'));
const older = join(root, 'older');
const newer = join(root, 'newer');

const served: Served[] = [];

async function deployment(): Promise<Served> {
  const one = await serveLedge(HOUSE);
  served.push(one);
  return one;
}

afterAll(async () => {
  for (const { server } of served) await server.close();
});

const serverOf = ({ url }: Served) => ({ url: url.origin });

/** In parts so small that a stream has one of its own. */
const exporting = (from: Served, folder: string) =>
  exportDeployment({
    ...{ server: serverOf(from), folder, reason: 'drill', partCharacters: 1 },
    show: () => undefined,
  });

const restoring = (to: Served, folder: string, show: (text: string) => void = () => undefined) =>
  restoreExport({ server: serverOf(to), folder, show: ({ text }) => show(text) });

async function greeted({ url }: Served, id: string, times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    const path = `/v1/commands/guest/${id}/${time === 0 ? 'RegisterGuest' : 'GreetGuest'}`;
    const body = JSON.stringify({ person: id, name: `${time}` });
    const headers = { 'content-type': 'application/json' };
    const { status } = await fetch(new URL(path, url), { method: 'POST', headers, body });
    expect(status).toBe(200);
  }
}

const GUESTS = Array.from({ length: 4 }, (_, index) => `guest-${index}`);

/** The versions of the guests, in their objects. */
async function versions({ url }: Served): Promise<number[]> {
  const found = GUESTS.map(async (id) => {
    const response = await fetch(new URL(`/v1/streams/guest/${id}`, url));
    const { events = [] }: { events?: unknown[] } = JSON.parse(await response.text());
    return events.length;
  });
  return Promise.all(found);
}

/** As D1 has them, which an export lists. */
async function listed({ url }: Served): Promise<number[]> {
  const headers = { 'content-type': 'application/json' };
  const init = { method: 'POST', headers, body: '{}' };
  const response = await fetch(new URL('/v1/restore/streams', url), init);
  const { streams }: { streams: { stream: string; version: number }[] } = JSON.parse(
    await response.text(),
  );
  return streams.flatMap(({ stream, version }) => (stream.startsWith('guest/') ? [version] : []));
}

async function isWhole(to: Served): Promise<void> {
  const verified = await runCli('verify', '--url', to.url.origin);
  expect([verified.code, verified.stderr]).toEqual([0, '']);
}

beforeAll(async () => {
  const from = await deployment();
  for (const id of GUESTS) await greeted(from, id, 2);
  await vi.waitFor(async () => expect(await listed(from)).toEqual(GUESTS.map(() => 2)), {
    timeout: 30_000,
  });
  await exporting(from, older);
  for (const id of GUESTS) await greeted(from, id, 2);
  await exporting(from, newer);
}, 300_000);

describe('EX7 a restore', () => {
  test('that is cut in each of its passes and run again ends as one that is not', async () => {
    const to = await deployment();
    const passes = ['read', 'of the directory stored', ' streams stored', 'released'];
    for (const pass of [...passes, 'of the directory in D1', ' streams in D1', 'compared']) {
      let seen = 0;
      const cut = (text: string) => {
        if (text.includes(pass) && ++seen === 3) throw new Error(`cut while ${pass}`);
      };
      await expect(restoring(to, older, cut)).rejects.toThrow(`cut while ${pass}`);
    }
    const restored = await restoring(to, older);
    expect(restored.left).toEqual([]);
    expect(await versions(to)).toEqual(GUESTS.map(() => 2));
    await isWhole(to);
  }, 300_000);

  test('of one export twice at once ends once', async () => {
    const to = await deployment();
    const both = await Promise.all([restoring(to, older), restoring(to, older)]);
    expect(both.map(({ left }) => left)).toEqual([[], []]);
    expect(await versions(to)).toEqual(GUESTS.map(() => 2));
    await isWhole(to);
  }, 300_000);

  test('of two exports at once is of one of them, and the other is refused before it stores anything', async () => {
    const to = await deployment();
    const both = await Promise.allSettled([restoring(to, older), restoring(to, newer)]);
    const won = both.findIndex(({ status }) => status === 'fulfilled');
    const lost = both[1 - won];
    expect(both[won]).toMatchObject({ value: { left: [] } });
    expect(lost).toMatchObject({ status: 'rejected' });
    expect(String(lost?.status === 'rejected' && lost.reason)).toContain('another export');
    expect(await versions(to)).toEqual(GUESTS.map(() => (won === 0 ? 2 : 4)));
    await isWhole(to);
  }, 300_000);
});
