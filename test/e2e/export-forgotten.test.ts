/**
 * The restore drill of personal data: an older export is restored with a register of what was forgotten since, and brings
 * no person back.
 */
import { copyFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { runCli } from '../node/support/run-cli.ts';
import { type Served, serveLedge } from './support/serve.ts';

const HOUSE = 'test/e2e/support/guest-house/wrangler.toml';

let from: Served;
let to: Served;
beforeAll(async () => {
  from = await serveLedge(HOUSE);
  to = await serveLedge(HOUSE);
}, 120_000);
afterAll(async () => {
  await from.server.close();
  await to.server.close();
});

const root = mkdtempSync(join(tmpdir(), 'export-forgotten-'));
const folder = join(root, 'house');
const register = join(root, 'forgotten.ndjson');

async function ask({ url }: Served, path: string, input?: object) {
  const headers = { 'content-type': 'application/json' };
  const sent = input && { method: 'POST', body: JSON.stringify(input) };
  const response = await fetch(new URL(path, url), { headers, ...sent });
  const body: Record<string, unknown> = JSON.parse(await response.text());
  return { status: response.status, body };
}

const registered = (served: Served, id: string) =>
  ask(served, `/v1/commands/guest/${id}/RegisterGuest`, { person: id, name: `Name of ${id}` });

/** The name of a guest, as its state shows it. */
async function nameOf(served: Served, id: string): Promise<unknown> {
  const { body } = await ask(served, `/v1/aggregates/guest/${id}`);
  return body.state;
}

const run = async ({ url }: Served, ...args: string[]) => {
  const ran = await runCli(...args, '--url', url.origin);
  expect([ran.code, ran.stderr]).toEqual([0, '']);
  return ran.stdout;
};
const restoring = (path: string) =>
  runCli('restore', folder, '--forgotten', path, '--url', to.url.origin);

const GUESTS = ['ann', 'ben', 'cleo', 'eve'];
const because = ['--reason', 'Asked for.'];

beforeAll(async () => {
  for (const id of GUESTS) expect((await registered(from, id)).status).toBe(200);
  await run(from, 'subjects', 'hold', 'ben', ...because);
  // All subjects are in D1, which an export lists.
  await vi.waitFor(
    async () => {
      const { body } = await ask(from, '/v1/restore/streams', {});
      for (const id of GUESTS) expect(JSON.stringify(body)).toContain(`ledge.subject/${id}`);
    },
    { timeout: 30_000 },
  );
  await run(from, 'export', '--out', folder);
  // What happens after it.
  await registered(from, 'dora');
  await run(from, 'subjects', 'release', 'ben', ...because);
  for (const id of ['ann', 'ben', 'dora', 'eve'])
    await run(from, 'subjects', 'forget', id, ...because);
  await run(from, 'subjects', 'authorize', 'eve', ...because);
  expect(await run(from, 'subjects', 'forgotten', '--out', register)).toContain(
    '4 forgotten subjects',
  );
}, 300_000);

describe('PD32 a restore with a register', () => {
  test('is refused before anything is stored where the register is torn, altered or foreign', async () => {
    const altered = async (name: string, change: (text: string) => string) => {
      const path = join(root, name);
      copyFileSync(register, path);
      writeFileSync(path, change(readFileSync(path, 'utf8')));
      const { code, stdout, stderr } = await restoring(path);
      expect([code, stdout]).toEqual([1, '']);
      return stderr;
    };
    expect(await altered('torn', (text) => text.slice(0, -10))).toContain('torn');
    expect(
      await altered('short', (text) => text.slice(0, text.trimEnd().lastIndexOf('\n'))),
    ).toContain('torn');
    expect(await altered('altered', (text) => text.replace('"ann"', '"amy"'))).toContain('altered');
    const foreign = (text: string) => text.replace(from.url.origin, 'https://other.example');
    expect(await altered('foreign', foreign)).toContain('https://other.example');
    expect(await altered('other', () => '{"name":"other"}\n')).toContain('no register');
    expect(await altered('empty', () => '')).toContain('no register');
    expect((await ask(to, '/v1/restore/streams', {})).body).toMatchObject({ streams: [] });
  }, 120_000);

  test('brings no forgotten person back, held in the export or younger than it', async () => {
    expect(JSON.stringify(await nameOf(from, 'cleo'))).toContain('Name of cleo');
    const restored = await restoring(register);
    expect([restored.code, restored.stderr]).toEqual([0, '']);
    expect(restored.stdout).toContain('4 subjects forgotten again, of 4 in the register');
    expect(await nameOf(to, 'cleo')).toEqual({ names: ['Name of cleo'] });
    for (const id of ['ann', 'ben', 'eve']) expect(await nameOf(to, id)).toEqual({ names: [null] });
    for (const id of ['ann', 'ben', 'eve', 'dora']) {
      expect(await registered(to, id)).toMatchObject({
        status: 409,
        body: { type: '/problems/subject-forgotten' },
      });
      const shown = await run(to, 'subjects', 'show', id);
      expect(shown).toContain(`${id} is forgotten`);
      expect(shown).toContain('unreadable everywhere from');
    }
  }, 300_000);

  test('changes nothing the second time', async () => {
    const again = await restoring(register);
    expect([again.code, again.stderr]).toEqual([0, '']);
    expect(again.stdout).toContain('0 subjects forgotten again, of 4 in the register');
    const { body } = await ask(to, '/v1/streams/guest/ann');
    expect(body).toMatchObject({ events: [{ version: 1 }] });
  }, 120_000);
});
