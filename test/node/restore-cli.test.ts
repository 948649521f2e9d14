/** `ledge restore-database` with several databases: which one is restored, and what the server and wrangler are asked. */
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { restoreDatabase } from '../../cli/restore/restore-database.ts';
import { FakeWrangler } from './support/fake-wrangler.ts';
import { bindDatabases, PlantedProject } from './support/planted-project.ts';
import { type Asked, ScriptedLedge } from './support/scripted-ledge.ts';

/** Each starts processes. */
const SLOW = { timeout: 60_000 };
const TO = '2026-01-01T00:00:00.000Z';
const stream = { tenant: 'acme', stream: 'account/a' };

/** Of a database with one stream, which is at its head again at once. */
function answerOf({ path }: Asked): object {
  const bodies: Readonly<Record<string, object>> = {
    state: { epoch: 1, revision: 1, head: 1, anchors: [] },
    streams: { streams: [{ ...stream, version: 1 }] },
    'newer-streams': { streams: [], after: 1, done: true },
    hold: { seconds: 120 },
    begin: { epoch: 2, revision: 2, common: 1 },
    bring: { streams: [{ ...stream, head: 1, version: 1 }] },
    verify: { checked: 1, differences: [], streams: [], after: 'p', done: true, undelivered: [] },
    checkpoints: { checkpoints: [] },
  };
  return bodies[/([a-z-]+)(\?|$)/.exec(path)?.[1] ?? ''] ?? {};
}

function projectOf(databases: number): PlantedProject {
  const project = new PlantedProject();
  project.config((config) => bindDatabases(config, databases));
  return project;
}

async function restored(databases: number, ...args: string[]) {
  using project = projectOf(databases);
  using wrangler = new FakeWrangler({ databases: ['ledge'] });
  await using ledge = await ScriptedLedge.start((asked) => ({ body: answerOf(asked) }));
  const config = join(project.folder, 'wrangler.jsonc');
  const folder = mkdtempSync(join(tmpdir(), 'restore-cli-'));
  const file = join(folder, 'list.ndjson');
  const ran = await wrangler.run(
    '.',
    ...['restore-database', '--to', TO, '--config', config, '--file', file, '--url', ledge.url],
    ...args,
  );
  const kept = () => JSON.parse(readFileSync(file, 'utf8').split('\n')[0] ?? '');
  return { ...ran, lines: ledge.lines, calls: wrangler.calls, kept };
}

test('BR8 of several databases the one that is named is restored, and no other', SLOW, async () => {
  const ran = await restored(3, '--database', 'DB_2', '--confirm', 'planted-2');
  expect([ran.code, ran.stderr]).toEqual([0, '']);
  const whole = ran.lines.filter((line) => line.includes('/v1/restore/'));
  expect(whole).toHaveLength(7);
  expect(whole.filter((line) => !line.endsWith('?database=DB_2'))).toEqual([]);
  expect(ran.calls).toEqual([
    `d1 time-travel restore DB_2 --timestamp=${TO}`,
    'd1 migrations apply DB_2 --remote',
  ]);
  expect(ran.kept()).toMatchObject({ line: 'restore', database: 'DB_2' });
});

test('BR8 of several databases one has to be named', SLOW, async () => {
  for (const args of [[], ['--database', 'DB_4']]) {
    const ran = await restored(3, ...args, '--confirm', 'planted');
    expect([ran.code, ran.stdout, ran.lines, ran.calls]).toEqual([1, '', [], ['']]);
    expect(ran.stderr).toBe(`Nothing was done. Name the database with --database:
  DB    planted
  DB_2  planted-2
  DB_3  planted-3
`);
  }
  const other = await restored(3, '--database', 'DB_2', '--confirm', 'planted');
  expect([other.code, other.lines, other.stdout]).toEqual([
    1,
    [],
    expect.stringContaining('confirm with --confirm planted-2'),
  ]);
});

test('BR8 where there is one it is not named', SLOW, async () => {
  const ran = await restored(1, '--confirm', 'planted');
  expect([ran.code, ran.stderr]).toEqual([0, '']);
  expect(ran.lines.filter((line) => line.includes('database='))).toEqual([]);
  expect(ran.calls[0]).toBe(`d1 time-travel restore DB --timestamp=${TO}`);
  expect(ran.kept()).not.toHaveProperty('database');
});

test('BR8 a file of another database is refused', async () => {
  await using ledge = await ScriptedLedge.start((asked) => ({ body: answerOf(asked) }));
  const file = join(mkdtempSync(join(tmpdir(), 'restore-cli-')), 'list.ndjson');
  const of = (database: string) =>
    restoreDatabase({
      ...{ server: { url: ledge.url, database }, to: TO, file },
      ...{ putBack: async () => undefined, show: () => undefined },
    });
  expect(await of('DB_2')).toMatchObject({ streams: 1, left: [] });
  await expect(of('DB')).rejects.toThrow('The file is of a restore of DB_2.');
});
