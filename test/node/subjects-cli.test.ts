/** `ledge subjects`: its requests, its output and its exit code. */
import { existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runCli } from './support/run-cli.ts';
import { problem, type Script, ScriptedLedge } from './support/scripted-ledge.ts';

const at = '2026-11-21T10:00:00.000Z';
const reason = 'Asked for\nby letter.';
const receipt = {
  ...{ tenant: 'acme', subject: 'c-1', incarnation: 1, reason },
  ...{ forgottenAt: at, forgottenBy: 'user:ann', checkedAt: at },
  ...{ objectKeys: 0, copies: 0, confirmed: true, unreadableFrom: '2026-11-21T10:01:00.000Z' },
  ...{ covers: ['all fields'], exceptions: ['backups'] },
};
const history = [{ type: 'SubjectForgotten', at, by: 'user:ann', reason }];
const forgotten = {
  ...{ subject: 'c-1', status: 'forgotten', incarnation: 1, history, receipt },
  signedReceipt: 'signed.text',
};
const known = { ...forgotten, status: 'known', receipt: null, signedReceipt: null };

async function run(script: Script, ...args: string[]) {
  await using ledge = await ScriptedLedge.start(script);
  const ran = await runCli('subjects', ...args, '--url', ledge.url);
  return { ...ran, lines: ledge.lines, inputs: ledge.asked.map(({ input }) => input) };
}

describe('PD29 ledge subjects', () => {
  test('show prints what is recorded, and what the receipt covers and does not', async () => {
    const { code, stdout, lines } = await run(() => ({ body: forgotten }), 'show', 'c-1');
    expect([code, lines]).toEqual([0, ['GET /v1/subjects/c-1']]);
    expect(stdout.split('\n')).toEqual([
      'c-1 is forgotten, key 1.',
      `${at}  SubjectForgotten  user:ann  Asked for by letter.`,
      `forgotten ${at} by user:ann: Asked for by letter.`,
      `checked ${at}: 0 keys in its object, 0 copies in D1`,
      'unreadable everywhere from 2026-11-21T10:01:00.000Z on',
      'covers: all fields',
      'does not cover: backups',
      '',
    ]);
  });

  test.each(['forget', 'hold', 'release', 'authorize'])('%s sends its reason', async (name) => {
    const ran = await run(() => ({ body: known }), name, 'c-1', '--reason', 'by law');
    expect(ran).toMatchObject({
      ...{ code: 0, lines: [`POST /v1/subjects/c-1/${name}`], inputs: [{ reason: 'by law' }] },
    });
    const without = await run(() => ({ body: known }), name, 'c-1');
    expect(without).toMatchObject({
      code: 1,
      lines: [],
      stderr: expect.stringContaining('--reason'),
    });
  });

  test('a forgetting that is not whole, and one that is refused, fail', async () => {
    const open = { ...forgotten, receipt: { ...receipt, copies: 1, unreadableFrom: null } };
    const because = ['--reason', 'by law'];
    const begun = await run(() => ({ body: open }), 'forget', 'c-1', ...because);
    expect([begun.code, begun.stdout]).toEqual([1, expect.stringContaining('Not whole yet')]);
    const held: Script = () => problem(409, 'Rejected by the domain', 'subject-held');
    const refused = await run(held, 'forget', 'c-1', ...because);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('subject-held')]);
  });

  test('receipt prints the signed text, which --verify sends from a file', async () => {
    const printed = await run(() => ({ body: forgotten }), 'receipt', 'c-1');
    expect([printed.code, printed.stdout]).toEqual([0, 'signed.text\n']);
    const none = await run(() => ({ body: known }), 'receipt', 'c-1');
    expect([none.code, none.stdout]).toEqual([1, expect.stringContaining('it is not forgotten')]);

    const file = join(mkdtempSync(join(tmpdir(), 'ledge-receipt-')), 'receipt');
    writeFileSync(file, printed.stdout);
    const verified = (valid: boolean) =>
      run(
        () => ({ body: { valid, receipt: valid ? receipt : null } }),
        ...['receipt', 'c-1', '--verify', file],
      );
    expect(await verified(true)).toMatchObject({
      ...{ code: 0, lines: ['POST /v1/subjects/c-1/verify-receipt'] },
      ...{ inputs: [{ receipt: 'signed.text' }], stdout: expect.stringContaining('is valid') },
    });
    expect(await verified(false)).toMatchObject({
      ...{ code: 1, stdout: expect.stringContaining('has not signed this') },
    });
  });
});

describe('PD31 ledge subjects export', () => {
  const value = (state: string) => ({ field: 'name', value: null, key: 1, state });
  const opened = { field: 'name', value: 'Ann', key: 1, state: 'opened' };
  const event = (version: number, personal: object = opened) => ({
    ...{ stream: 'order/o-1', version, type: 'OrderPlaced', recordedAt: at, occurredAt: at },
    ...{ personal: [personal], beside: { customer: 'c-1', name: null } },
  });
  const row = { list: 'orders', personal: [opened], beside: { order: 'o-1', name: null } };
  const page = (more: object) => ({
    body: { tenant: 'acme', subject: 'c-1', events: [], rows: [], left: [], ...more },
  });
  const answers = [
    page({ events: [event(1)], cursor: 'one' }),
    page({ cursor: 'two' }),
    page({ events: [event(2)], cursor: 'three' }),
    page({ rows: [row], cursor: 'four' }),
    page({ rows: [row] }),
  ];
  const newFile = () => join(mkdtempSync(join(tmpdir(), 'ledge-subject-')), 'c-1.json');

  async function exportTo(file: string, script: Script) {
    return run(script, 'export', 'c-1', '--out', file, '--reason', 'asked');
  }

  test('follows the cursor to the end, and writes one file that the user alone may read', async () => {
    const file = newFile();
    const ran = await exportTo(file, (_asked, number) => answers[number - 1] ?? 'cut');
    expect([ran.code, ran.stderr]).toEqual([0, '']);
    const begun = { reason: 'asked' };
    const cursors = ['one', 'two', 'three', 'four'].map((cursor) => ({ ...begun, cursor }));
    expect(ran.inputs).toEqual([begun, ...cursors]);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
      ...{ subject: 'c-1', tenant: 'acme', server: expect.any(String), at: expect.any(String) },
      ...{ events: [event(1), event(2)], rows: [row, row], left: [] },
      values: { opened: 4, forgotten: 0, unreadable: 0 },
    });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(ran.stdout).toContain('has 4 values of c-1, in 2 events and 2 rows.');
  });

  test('leaves no file where it fails', async () => {
    const file = newFile();
    const ran = await exportTo(file, (_asked, number) =>
      number === 1 ? (answers[0] ?? 'cut') : problem(409, 'Not possible', 'c-1 was forgotten'),
    );
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining('was forgotten')]);
    expect([existsSync(file), existsSync(`${file}.partial`)]).toEqual([false, false]);
  });

  test('is no success where a list is missing or a value did not open', async () => {
    const left = [{ list: 'orders', because: 'It is being built.' }];
    const without = await exportTo(newFile(), () => page({ left }));
    expect([without.code, without.stdout]).toEqual([1, expect.stringContaining('rows of orders')]);
    const damaged = [event(1, value('unreadable')), event(2, value('forgotten'))];
    const unopened = await exportTo(newFile(), () => page({ events: damaged }));
    expect(unopened.code).toBe(1);
    expect(unopened.stdout).toContain('1 value had a key that was destroyed');
    expect(unopened.stdout).toContain('1 value did not open');
  });
});

describe('PD33 ledge subjects forgotten', () => {
  const newFile = () => join(mkdtempSync(join(tmpdir(), 'ledge-register-')), 'forgotten');
  const listedAs = (stream: string, version: number) => ({ tenant: 'acme', stream, version });
  const ann = {
    ...{ tenant: 'acme', subject: 'ann', incarnation: 1, reason, receipt: 'signed.text' },
    ...{ forgottenAt: at, forgottenBy: 'user:ann' },
  };
  const script =
    (answer: object): Script =>
    ({ path }) => {
      switch (path) {
        case '/v1/export/begin':
          return { body: { databases: [{ name: 'DB', epoch: 0, head: 7 }], sagas: [] } };
        case '/v1/restore/streams?database=DB': {
          const streams = [
            listedAs('ledge.subject/ann', 2),
            listedAs('ledge.subject/cleo', 1),
            listedAs('order/o-1', 9),
          ];
          return { body: { streams } };
        }
        case '/v1/restore/newer-streams?database=DB':
          return { body: { streams: [listedAs('ledge.subject/ben', 2)], after: 8, done: true } };
        default:
          return { body: answer };
      }
    };

  test('asks about subjects to which something has happened alone, also meanwhile', async () => {
    const file = newFile();
    const answer = { forgotten: [ann], left: [] };
    const ran = await run(script(answer), 'forgotten', '--out', file, '--reason', 'nightly');
    expect([ran.code, ran.stderr]).toEqual([0, '']);
    expect(ran.inputs).toEqual([
      { reason: 'nightly' },
      { after: { tenant: '', stream: '' } },
      { subjects: [{ tenant: 'acme', subject: 'ann' }] },
      { after: 7 },
      { subjects: [{ tenant: 'acme', subject: 'ben' }] },
    ]);
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { ledge: 'forgotten', format: 1, url: expect.any(String), at: expect.any(String) },
      ...[ann, ann],
      { subjects: 2, sha256: expect.any(String) },
    ]);
    expect(ran.stdout).toContain('has 2 forgotten subjects');
  });

  test('leaves the earlier register where a subject does not answer', async () => {
    const file = newFile();
    writeFileSync(file, 'earlier');
    const left = [{ tenant: 'acme', subject: 'ann', because: 'Not now.' }];
    const ran = await run(script({ forgotten: [], left }), 'forgotten', '--out', file);
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining('acme/ann')]);
    expect(readFileSync(file, 'utf8')).toBe('earlier');
  });
});
