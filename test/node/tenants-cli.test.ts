/** `ledge tenants`: one request for each operation, and what is printed of its answer. */
import { describe, expect, test } from 'vitest';
import { runCli } from './support/run-cli.ts';
import { ScriptedLedge } from './support/scripted-ledge.ts';

/** Each starts a process or several. */
const SLOW = { timeout: 60_000 };

const acme = {
  ...{ tenant: 'acme', status: 'active', note: 'Acme Ltd.', suspension: null },
  ...{
    database: 'DB',
    jurisdiction: null,
    brake: null,
    quotas: {},
    blocked: [],
    eraseAt: null,
    erased: null,
  },
};

const because = ['--reason', 'Unpaid.'];

describe('T19 ledge tenants', SLOW, () => {
  test.each([
    [['provision', 'acme', '--note', 'Acme Ltd.'], '', { tenant: 'acme', note: 'Acme Ltd.' }],
    [['suspend', 'acme', '--mode', 'closed', ...because], '/acme/suspend', { mode: 'closed' }],
    [['resume', 'acme', ...because], '/acme/resume', {}],
    [['brake', 'acme', '10', ...because], '/acme/brake', { rate: 10 }],
    [['release', 'acme', ...because], '/acme/release', {}],
    [
      ['limit', 'acme', '--commands', '500/day', '--rows', '9/hour', ...because],
      '/acme/limit',
      { quotas: { commands: '500/day', rows: '9/hour' } },
    ],
    [['limit', 'acme', ...because], '/acme/limit', { quotas: {} }],
    [
      ['block', 'acme', '--principal', 'user:ann', ...because],
      '/acme/block',
      { principal: 'user:ann' },
    ],
    [['unblock', 'acme', '--principal', 'user:ann', ...because], '/acme/unblock', {}],
    [['schedule-erasure', 'acme', ...because], '/acme/schedule-erasure', {}],
    [
      ['schedule-erasure', 'acme', '--at', '2027-01-31T00:00:00Z', ...because],
      '/acme/schedule-erasure',
      { at: '2027-01-31T00:00:00.000Z' },
    ],
    [['cancel-erasure', 'acme', ...because], '/acme/cancel-erasure', {}],
  ])('%j is one request', async (args, path, input) => {
    await using ledge = await ScriptedLedge.start(() => ({ body: acme }));
    const { code, stdout } = await runCli('tenants', ...args, '--url', ledge.url);
    expect(code).toBe(0);
    expect(stdout).toContain('acme is active.');
    expect(ledge.lines).toEqual([`POST /v1/tenants${path}`]);
    const reason = args.includes('--reason') ? { reason: 'Unpaid.' } : {};
    expect(ledge.asked[0]?.input).toEqual({
      ...input,
      ...reason,
      ...(path.endsWith('/unblock') && { principal: 'user:ann' }),
    });
  });

  test('show prints all that is known of one', async () => {
    const known = {
      ...acme,
      ...{ status: 'suspended', blocked: ['user:ann'], eraseAt: '2027-01-31T00:00:00.000Z' },
      suspension: { mode: 'read-only', reason: 'Unpaid.' },
      brake: { rate: 10, reason: 'A loop.' },
      quotas: { streams: '50/day' },
    };
    await using ledge = await ScriptedLedge.start(() => ({ body: known }));
    const { stdout } = await runCli('tenants', 'show', 'acme', '--url', ledge.url);
    const brake = 'brake: 10 requests in 10 seconds: A loop.';
    for (const text of [
      'suspended (read-only): Unpaid.',
      brake,
      'quota of streams: 50/day',
      'user:ann',
      '2027-01-31',
    ]) {
      expect(stdout).toContain(text);
    }
  });

  test('list follows the pages', async () => {
    const listed = {
      ...acme,
      provisionedAt: '2027-01-01T00:00:00.000Z',
      provisionedBy: 'key:bootstrap',
    };
    await using ledge = await ScriptedLedge.start((_asked, number) => ({
      body: { tenants: [listed], ...(number === 1 && { cursor: 'c' }) },
    }));
    const { stdout } = await runCli('tenants', 'list', '--url', ledge.url);
    expect(stdout.match(/^acme +active +0 +- +2027.* +key:bootstrap +Acme Ltd\.$/gm)).toHaveLength(
      2,
    );
    expect(ledge.lines).toEqual(['GET /v1/tenants?limit=100', 'GET /v1/tenants?limit=99&cursor=c']);
  });

  test('erase asks until it is done, and counts', async () => {
    const counts = { streams: 2, events: 3, rows: 1, deadLetters: 0, keys: 1, objects: 4 };
    await using ledge = await ScriptedLedge.start((_asked, number) => ({
      body: { tenant: 'acme', done: number === 3, counts },
    }));
    const { stdout } = await runCli('tenants', 'erase', 'acme', '--url', ledge.url);
    expect(stdout).toBe(
      'acme is erased: 2 streams, 3 events, 1 row, 0 dead letters, 1 revoked key, 4 objects of R2 replaced, deleted 31 days later.\n',
    );
    expect(ledge.lines).toHaveLength(3);
  });

  test('--in-tenant names the tenant that an operator of the deployment operates', async () => {
    await using ledge = await ScriptedLedge.start(() => ({
      body: { day: '2027-01-01', entries: [] },
    }));
    await runCli('access', 'audit', '--in-tenant', 'acme', '--url', ledge.url);
    expect(ledge.asked[0]?.tenant).toBe('acme');
  });

  test.each([
    [['suspend', 'acme', ...because], /--mode/],
    [['suspend', 'acme', '--mode', 'closed'], /--reason/],
    [['brake', 'acme', ...because], /rate/],
    [['brake', 'acme', 'slowly', ...because], /whole number/],
    [['block', 'acme', ...because], /--principal/],
    [['schedule-erasure', 'acme', '--at', 'soon', ...because], /time/i],
    [['provision'], /tenant/],
  ])('%j is refused before anything is sent', async (args, said) => {
    const { code, stderr } = await runCli('tenants', ...args);
    expect(code).toBe(1);
    expect(stderr).toMatch(said);
  });
});
