/** `ledge subjects rewrap`: what it looks at, where it goes on, and when it says that the old secret can go. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { nothingUndelivered } from './support/operator-answers.ts';
import { runCli } from './support/run-cli.ts';
import { type Answer, problem, type Script, ScriptedLedge } from './support/scripted-ledge.ts';

const at = '2026-11-21T10:00:00.000Z';

async function run(script: Script, ...args: string[]) {
  await using ledge = await ScriptedLedge.start(script);
  const ran = await runCli('subjects', ...args, '--url', ledge.url);
  return { ...ran, lines: ledge.lines, inputs: ledge.asked.map(({ input }) => input) };
}

describe('PD34 ledge subjects rewrap', () => {
  const newFile = () => join(mkdtempSync(join(tmpdir(), 'ledge-rewrap-')), 'progress');
  const size = { name: 'DB', bytes: 0, limitBytes: 1, warning: null };
  const wrapped = (more: object = {}) => ({
    body: { secret: 'one', keys: 1, forgotten: 0, unknown: 0, left: [], ...more },
  });
  const left = { left: [{ tenant: 'acme', subject: 'ben', because: 'Not now.' }], keys: 0 };

  /** Two databases with a page each; `look` answers the requests that wrap. */
  const script = (look: (number: number, input: unknown) => Answer, more: object = {}): Script => {
    let looks = 0;
    return ({ path, input }) => {
      const [, database] = /database=(.*)/.exec(path) ?? [];
      if (path === '/v1/export/begin') {
        const names = ['DB', 'DB_2'];
        return {
          body: { databases: names.map((name) => ({ name, epoch: 0, head: 7 })), sagas: [] },
        };
      }
      if (path.startsWith('/v1/restore/streams')) {
        const stream = `ledge.subject/${database === 'DB' ? 'ann' : 'ben'}`;
        return { body: { streams: [{ tenant: 'acme', stream, version: 1 }] } };
      }
      if (path.startsWith('/v1/restore/newer-streams')) {
        const streams =
          database === 'DB' ? [{ tenant: 'acme', stream: 'ledge.subject/new', version: 1 }] : [];
        return { body: { streams, after: 8, done: true } };
      }
      if (path === '/v1/projections') {
        const list = { projections: [], database: size, databases: [size] };
        return { body: { ...list, undelivered: { ...nothingUndelivered, ...more } } };
      }
      return look(++looks, input);
    };
  };
  const looked = ({ lines, inputs }: { lines: readonly string[]; inputs: readonly unknown[] }) =>
    lines.flatMap((line, index) =>
      line.endsWith('/rewrap') ? [JSON.stringify(inputs[index])] : [],
    );
  const input = (subject: string) => JSON.stringify({ subjects: [{ tenant: 'acme', subject }] });

  test('looks at every subject of every database, and then says that the old secret can go', async () => {
    const ran = await run(
      script(() => wrapped()),
      'rewrap',
      '--reason',
      'rotated',
    );
    expect([ran.code, ran.stderr]).toEqual([0, '']);
    expect(looked(ran)).toEqual(['ann', 'ben', 'new'].map(input));
    expect(ran.inputs[0]).toEqual({ reason: 'rotated' });
    expect(ran.stdout).toContain('LEDGE_PERSONAL_KEY: 2 keys.');
    expect(ran.stdout).toContain('LEDGE_PERSONAL_KEY_PREVIOUS can be removed');
  });

  test('does not say so where a subject is left, and looks at it again', async () => {
    const file = newFile();
    const isBen = (_number: number, asked: unknown) =>
      wrapped(JSON.stringify(asked) === input('ben') ? left : {});
    const first = await run(script(isBen), 'rewrap', '--progress', file);
    expect([first.code, first.stderr]).toEqual([1, '']);
    expect(first.stdout).toContain('acme/ben: Not now.');
    expect(first.stdout).toContain('Keep LEDGE_PERSONAL_KEY_PREVIOUS');
    expect(first.stdout).not.toContain('can be removed');
    await using ledge = await ScriptedLedge.start(script(() => wrapped()));
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replace(/"url":"[^"]*"/, `"url":"${ledge.url}"`),
    );
    const again = await runCli('subjects', 'rewrap', '--progress', file, '--url', ledge.url);
    expect([again.code, again.stderr]).toEqual([0, '']);
    const asked = ledge.asked.filter(({ path }) => path.endsWith('/rewrap'));
    expect(asked.map((one) => JSON.stringify(one.input))).toEqual(['ben', 'new'].map(input));
    expect(again.stdout).toContain('LEDGE_PERSONAL_KEY: 2 keys.');
    expect(again.stdout).toContain('can be removed');
  });

  test('goes on where it was interrupted, unless the secret was changed again', async () => {
    const cut = (number: number) =>
      number === 2 ? problem(400, 'Invalid', 'interrupted') : wrapped();
    for (const [secret, code] of [
      ['one', 0],
      ['two', 1],
    ] as const) {
      const file = newFile();
      const ran = await run(script(cut), 'rewrap', '--progress', file);
      expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining('interrupted')]);
      await using ledge = await ScriptedLedge.start(script(() => wrapped({ secret })));
      writeFileSync(
        file,
        readFileSync(file, 'utf8').replace(/"url":"[^"]*"/, `"url":"${ledge.url}"`),
      );
      const again = await runCli('subjects', 'rewrap', '--progress', file, '--url', ledge.url);
      expect(again.code).toBe(code);
      const asked = ledge.asked.filter(({ path }) => path.endsWith('/rewrap'));
      expect(JSON.stringify(asked[0]?.input)).toBe(input('ben'));
      if (code === 1) expect(again.stderr).toContain('was changed since');
    }
  });

  test('does not say so while streams are not in D1, nor with a file of something else', async () => {
    const ran = await run(
      script(() => wrapped(), { streams: 1, events: 1, oldestAt: at }),
      'rewrap',
    );
    expect([ran.code, ran.stderr]).toEqual([1, '']);
    expect(ran.stdout).toContain('Keep LEDGE_PERSONAL_KEY_PREVIOUS');
    expect(ran.stdout).not.toContain('can be removed');
    const file = newFile();
    writeFileSync(file, '{}');
    const other = await run(
      script(() => wrapped()),
      'rewrap',
      '--progress',
      file,
    );
    expect([other.code, other.lines]).toEqual([1, []]);
  });
});
