/** `ledge access`: the secrets of a deployment, made on this machine or through wrangler, and its keys. */
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { devVar } from '../../cli/access/dev-vars.ts';
import { parseKeyText } from '../../core/access/key-text.ts';
import { FakeWrangler } from './support/fake-wrangler.ts';
import { runCli } from './support/run-cli.ts';
import { problem, type Script, ScriptedLedge } from './support/scripted-ledge.ts';

/** Each starts a process or several. */
const SLOW = { timeout: 60_000 };

const deployed = { databases: ['ledge'], queues: ['events'], migrated: true, deployed: 1 };

function emptyFolder(): string {
  return mkdtempSync(join(tmpdir(), 'ledge-access-'));
}

function keyIn(folder: string, file: string): string {
  const path = join(folder, file);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const key = readFileSync(path, 'utf8').trim();
  expect(parseKeyText(key)).toBeDefined();
  return key;
}

function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

describe('AK15 ledge access init', SLOW, () => {
  const REMOTE = '.wrangler/admin-key';
  const LOCAL = '.wrangler/local-admin-key';

  test('--remote puts both secrets through standard input; the key is in a file alone', async () => {
    using wrangler = new FakeWrangler(deployed);
    const folder = emptyFolder();
    const ran = await wrangler.run(folder, 'access', 'init', '--remote');
    expect([ran.code, ran.stderr]).toEqual([0, '']);
    const key = keyIn(folder, REMOTE);
    const { LEDGE_SECRET = '', LEDGE_PERSONAL_KEY = '', LEDGE_ADMIN } = wrangler.account.secrets;
    expect(LEDGE_ADMIN).toBe(hashOf(key));
    expect(LEDGE_SECRET).toMatch(/^[\w-]{43}$/);
    expect(wrangler.calls).toEqual([
      'secret list',
      'secret put LEDGE_SECRET',
      'secret put LEDGE_PERSONAL_KEY',
      'secret put LEDGE_ADMIN',
    ]);
    expect(LEDGE_PERSONAL_KEY).toMatch(/^[\w-]{43}$/);
    const sheet = join(folder, `${REMOTE}.recovery`);
    expect(statSync(sheet).mode & 0o777).toBe(0o600);
    expect(devVar(readFileSync(sheet, 'utf8'), 'LEDGE_PERSONAL_KEY')).toBe(LEDGE_PERSONAL_KEY);
    expect(ran.stdout).toContain(`${REMOTE}.recovery`);
    expect(ran.stdout).toContain(REMOTE);
    for (const secret of [key, LEDGE_SECRET, LEDGE_PERSONAL_KEY])
      expect(ran.stdout).not.toContain(secret);
  });

  test('--remote again keeps the secrets that keys were issued and fields sealed with', async () => {
    const secrets = { LEDGE_SECRET: 'kept', LEDGE_PERSONAL_KEY: 'kept' };
    using wrangler = new FakeWrangler({ ...deployed, secrets });
    const folder = emptyFolder();
    const init = ['access', 'init', '--remote', '--json', '--key-file', 'new-key'];
    const ran = await wrangler.run(folder, ...init);
    expect(JSON.parse(ran.stdout)).toEqual({
      ...{ secret: 'kept', personalKey: 'kept', keyFile: 'new-key', recoverySheet: null },
    });
    expect(wrangler.account.secrets).toEqual({
      ...secrets,
      LEDGE_ADMIN: hashOf(keyIn(folder, 'new-key')),
    });
    const again = await wrangler.run(folder, ...init);
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('new-key exists')]);
    expect(wrangler.account.secrets.LEDGE_ADMIN).toBe(hashOf(keyIn(folder, 'new-key')));
  });

  test.each([
    ['secret list', /could not be read, nothing was changed\. Deploy it first/, 0],
    ['secret put LEDGE_SECRET', /LEDGE_SECRET was not set, and no administrator's key/, 0],
    ['secret put LEDGE_PERSONAL_KEY', /LEDGE_PERSONAL_KEY was not set, and no admin/, 1],
    ['secret put LEDGE_ADMIN', /LEDGE_ADMIN was not set, and no administrator's key/, 2],
  ])('a failure of `%s` says what to do, and the next run ends it', async (failing, said, set) => {
    using wrangler = new FakeWrangler(deployed);
    const folder = emptyFolder();
    wrangler.failing = failing;
    const { code, stderr } = await wrangler.run(folder, 'access', 'init', '--remote');
    expect([code, stderr]).toEqual([1, expect.stringMatching(said)]);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(Object.keys(wrangler.account.secrets).length).toBe(set);
    // Of a key that is set, the sheet stays; of one that is not, none does.
    expect(existsSync(join(folder, `${REMOTE}.recovery`))).toBe(set === 2);

    wrangler.failing = '';
    expect((await wrangler.run(folder, 'access', 'init', '--remote')).code).toBe(0);
    expect(wrangler.account.secrets.LEDGE_ADMIN).toBe(hashOf(keyIn(folder, REMOTE)));
  });

  test('a Worker that is not deployed yet is named', async () => {
    using wrangler = new FakeWrangler();
    const { code, stderr } = await wrangler.run(emptyFolder(), 'access', 'init', '--remote');
    expect([code, stderr]).toEqual([1, expect.stringContaining('Deploy it first')]);
  });

  test('without --remote writes .dev.vars, and leaves what is in it', async () => {
    using wrangler = new FakeWrangler();
    const folder = emptyFolder();
    writeFileSync(join(folder, '.dev.vars'), '# mine\nOTHER=1\nLEDGE_ADMIN=old');
    const { code } = await wrangler.run(folder, 'access', 'init');
    expect(code).toBe(0);
    const text = readFileSync(join(folder, '.dev.vars'), 'utf8');
    expect(text).toMatch(
      /^# mine\nOTHER=1\nLEDGE_ADMIN="[0-9a-f]{64}"\nLEDGE_SECRET="[\w-]{43}"\nLEDGE_PERSONAL_KEY="[\w-]{43}"\n$/,
    );
    expect(existsSync(join(folder, `${LOCAL}.recovery`))).toBe(false);
    expect(devVar(text, 'LEDGE_ADMIN')).toBe(hashOf(keyIn(folder, LOCAL)));
    expect(wrangler.calls).toEqual(['']);

    const again = await wrangler.run(folder, 'access', 'init', '--key-file', 'second');
    expect(again.stdout).toContain('LEDGE_SECRET of .dev.vars is kept');
    const later = readFileSync(join(folder, '.dev.vars'), 'utf8');
    expect(devVar(later, 'LEDGE_SECRET')).toBe(devVar(text, 'LEDGE_SECRET'));
    expect(devVar(later, 'LEDGE_PERSONAL_KEY')).toBe(devVar(text, 'LEDGE_PERSONAL_KEY'));
    expect(devVar(later, 'LEDGE_ADMIN')).toBe(hashOf(keyIn(folder, 'second')));
  });
});

describe('AK16 ledge access keys', SLOW, () => {
  const key = {
    ...{ id: '0'.repeat(24), status: 'active', tenant: 'main', principal: 'service:shop' },
    ...{
      roles: ['operator'],
      claims: {},
      expiresAt: null,
      previousUntil: null,
      note: '',
      reason: null,
    },
  };
  const shown = { ...key, key: 'ledge_shown' };

  test('AK23 create repeats a lost answer under one idempotency key, and rotates a key that was not shown', async () => {
    const script: Script = ({ path }, number) => {
      if (number <= 2) return number === 1 ? 'cut' : { status: 503, body: {} };
      return path === '/v1/keys' ? { body: key } : { body: shown };
    };
    await using ledge = await ScriptedLedge.start(script);
    const ran = await runCli('access', 'keys', 'create', '--for', 'a', '--url', ledge.url);
    expect([ran.code, ran.stderr]).toEqual([0, '']);
    expect(ran.stdout).toMatch(/shown this once:\nledge_shown\n$/);
    const rotate = `POST /v1/keys/${key.id}/rotate`;
    expect(ledge.lines).toEqual([...Array(3).fill('POST /v1/keys'), rotate]);
    const keys = ledge.asked.slice(0, 3).map(({ idempotencyKey }) => idempotencyKey);
    expect(new Set(keys).size).toBe(1);
    expect(keys[0]).toMatch(/^[\w-]{36}$/);
    expect(ledge.asked[3]).toMatchObject({ input: { graceMs: 0 }, idempotencyKey: undefined });
  });

  test('AK23 create repeats nothing that was refused', async () => {
    await using ledge = await ScriptedLedge.start(() => problem(403, 'Forbidden', 'No.'));
    const ran = await runCli('access', 'keys', 'create', '--for', 'a', '--url', ledge.url);
    expect([ran.code, ledge.lines]).toEqual([1, ['POST /v1/keys']]);
  });

  test('create sends what is granted, and prints the key once', async () => {
    await using ledge = await ScriptedLedge.start(() => ({ status: 201, body: shown }));
    const grant = ['--for', 'service:shop', '--roles', 'operator', '--expires', '90d'];
    grant.push('--claims', '{"countries":["Norway"]}');
    const before = Date.now();
    const url = ['--url', ledge.url, '--note', 'the shop'];
    const ran = await runCli('access', 'keys', 'create', ...grant, ...url);
    expect([ran.code, ran.stderr]).toEqual([0, '']);
    expect(ran.stdout).toMatch(/shown this once:\nledge_shown\n$/);
    const [{ input } = { input: undefined }] = ledge.asked;
    expect(input).toEqual({
      ...{ principal: 'service:shop', roles: ['operator'], note: 'the shop' },
      claims: { countries: ['Norway'] },
      expiresAt: expect.any(String),
    });
    const { expiresAt }: { expiresAt: string } = JSON.parse(JSON.stringify(input));
    const days = (Date.parse(expiresAt) - before) / 86_400_000;
    expect(days).toBeGreaterThanOrEqual(90);
    expect(days).toBeLessThan(90.01);
  });

  test('list follows the pages, empty ones too', async () => {
    const listed = { ...key, issuedAt: '2027-01-01T00:00:00.000Z', issuedBy: 'key:bootstrap' };
    await using ledge = await ScriptedLedge.start((_asked, number) => ({
      body: number === 1 ? { keys: [], cursor: 'c' } : { keys: [listed] },
    }));
    const { code, stdout } = await runCli('access', 'keys', 'list', '--url', ledge.url);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^0{24} +active +main +service:shop +operator +2027.* +never +-$/m);
    expect(ledge.lines).toEqual(['GET /v1/keys?limit=100', 'GET /v1/keys?limit=100&cursor=c']);
  });

  test('rotate and revoke name the key', async () => {
    await using ledge = await ScriptedLedge.start(({ path }) => ({
      body: path.endsWith('/rotate') ? shown : { ...key, status: 'revoked', reason: 'lost' },
    }));
    const at = ['--url', ledge.url];
    expect((await runCli('access', 'keys', 'rotate', key.id, '--grace', '2h', ...at)).code).toBe(0);
    expect((await runCli('access', 'keys', 'revoke', key.id, '--reason', 'lost', ...at)).code).toBe(
      0,
    );
    expect(ledge.asked.map(({ path, input }) => [path, input])).toEqual([
      [`/v1/keys/${key.id}/rotate`, { graceMs: 7_200_000 }],
      [`/v1/keys/${key.id}/revoke`, { reason: 'lost' }],
    ]);
  });

  test.each([
    [['create'], /--for/],
    [['create', '--for', 'a', '--claims', '[]'], /JSON object/],
    [['create', '--for', 'a', '--claims', '{'], /JSON object/],
    [['create', '--for', 'a', '--expires', '90'], /time/i],
    [['create', '--for', 'a', '--expires', '90y'], /duration/],
    [['rotate', 'k', '--grace', 'long'], /duration/],
    [['revoke', 'k'], /--reason/],
  ])('%j is refused before anything is sent', async (args, said) => {
    const { code, stderr } = await runCli('access', 'keys', ...args);
    expect([code, stderr]).toEqual([1, expect.stringMatching(said)]);
  });
});

describe('AU7 ledge access audit', SLOW, () => {
  const recorded = { at: '2027-01-01T00:00:00.000Z', actor: 'user:ann' };
  const requested = (request: string, reason: string | null) => ({
    ...{ type: 'OperationRequested', request, operation: 'POST /v1/sweep', target: '/v1/sweep' },
    ...{ reason, credential: 'key:1', ...recorded },
  });
  const done = { type: 'OperationDone', request: 'a', outcome: 'done', status: 200, ...recorded };

  test('shows each operation with its outcome, over the pages, and the ones without an end', async () => {
    await using ledge = await ScriptedLedge.start((_asked, number) => ({
      body:
        number === 1
          ? { day: '2027-01-01', entries: [requested('b', null), done], cursor: 'c' }
          : { day: '2027-01-01', entries: [requested('a', 'on call')] },
    }));
    const flags = ['--day', '2027-01-01', '--url', ledge.url];
    const { code, stdout } = await runCli('access', 'audit', ...flags);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^2027.* +without an end +user:ann +key:1 +\/v1\/sweep +-$/m);
    expect(stdout).toMatch(/^2027.* +done \(200\) +user:ann +key:1 +\/v1\/sweep +on call$/m);
    expect(ledge.lines).toEqual([
      'GET /v1/audit?day=2027-01-01&limit=200',
      'GET /v1/audit?day=2027-01-01&cursor=c&limit=198',
    ]);
  });
});

describe('JW11 ledge access issuers refresh', SLOW, () => {
  const effectiveBy = '2027-01-01T00:05:00.000Z';
  const refresh = async (issuers: object[], ...flags: string[]) => {
    await using ledge = await ScriptedLedge.start(() => ({ body: { issuers, effectiveBy } }));
    const ran = await runCli('access', 'issuers', 'refresh', '--url', ledge.url, ...flags);
    expect(ledge.lines).toEqual(['POST /v1/issuers/refresh']);
    return ran;
  };

  test('shows what each issuer answered, and since when a withdrawn key lets nothing in', async () => {
    const { code, stdout } = await refresh([{ issuer: 'https://a.example', result: 'fetched' }]);
    expect([code, stdout]).toEqual([0, expect.stringContaining('https://a.example: fetched')]);
    expect(stdout).toContain(`nothing in after ${effectiveBy}`);
  });

  test('fails where an issuer did', async () => {
    const failed = { issuer: 'https://a.example', result: 'failed', cause: 'It is down.' };
    const { code, stdout, stderr } = await refresh([failed], '--reason', 'leaked');
    expect(code).toBe(1);
    expect(stdout + stderr).toContain('https://a.example: failed. It is down.');
  });
});
