/** `ledge dev` as a person and a process manager meet it: what it says, what it follows, and what it leaves behind. */
import { once } from 'node:events';
import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { isTaken } from '../../cli/dev-wrangler.ts';
import { bindDatabases, bindQueues, PlantedProject } from '../node/support/planted-project.ts';
import { Dev, example, node, onLinux, WAIT_MS_MAX } from './support/dev.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const READ_MODELS = '0002_balances_v1_bank_v1.sql';

const bank = new PlantedProject();
afterAll(() => bank[Symbol.dispose]());

function devOf({ folder }: PlantedProject, ...args: string[]): Dev {
  return new Dev(node, '--config', join(folder, 'wrangler.jsonc'), ...args);
}

onLinux('O17 a signal', () => {
  test.each(['SIGTERM', 'SIGHUP', 'SIGINT'] as const)(
    '%s ends all that was started',
    async (signal) => {
      await using dev = devOf(bank);
      const origin = await dev.origin();
      expect(dev.processes().join('\n')).toContain('workerd');
      dev.child.kill(signal);
      await once(dev.child, 'close');
      expect(await dev.isGone()).toBe(true);
      expect(await isTaken('localhost', Number(new URL(origin).port))).toBe(false);
    },
  );

  test('while it is still starting does so too', async () => {
    await using dev = devOf(bank);
    const startMs = performance.now();
    while (!dev.processes().some((line) => line.includes('migrations'))) {
      if (performance.now() - startMs > WAIT_MS_MAX) throw new Error(dev.output);
      await sleep(50);
    }
    dev.child.kill('SIGTERM');
    const [code] = await once(dev.child, 'close');
    expect([code, dev.output]).toEqual([0, '']);
    expect(await dev.isGone()).toBe(true);
  });
});

onLinux('a running dev', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    'DM6 with --memory has streams in a folder that %s ends',
    async (signal) => {
      await using dev = devOf(bank, '--memory');
      const origin = await dev.origin();
      const [, folder = ''] = dev.output.match(/^The state is \S+ \S+ in (\S+) with/) ?? [];
      const files = () => globSync(`${folder}/v3/do/**/*.sqlite`).length;
      const before = files();
      const answer = await fetch(`${origin}/v1/commands/account/memory/OpenAccount`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ owner: 'ann' }),
      });
      expect([answer.status, files() - before]).toEqual([200, 1]);
      dev.child.kill(signal);
      await once(dev.child, 'close');
      expect([await dev.isGone(), existsSync(folder)]).toEqual([true, false]);
    },
  );

  test('R24 delivers over each of several queues', async () => {
    using project = new PlantedProject();
    project.config(({ queues }) => bindQueues(queues, 3));
    await using dev = devOf(project, '--log-level', 'info');
    const origin = await dev.origin();
    const ids = Array.from({ length: 16 }, (_, index) => `spread-${index}`);
    for (const id of ids) {
      const response = await fetch(`${origin}/v1/commands/account/${id}/OpenAccount`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ owner: id }),
      });
      expect(response.status).toBe(200);
    }
    for (const queue of ['planted', 'planted-2', 'planted-3']) {
      // As many are acknowledged as were delivered: a queue that the app does not know would have none.
      await dev.says(new RegExp(`QUEUE\\S* ${queue} \\S*(\\d+)/\\1\\D`));
    }
    const isThere = async (id: string) =>
      (await fetch(`${origin}/v1/queries/balances/${id}`)).status === 200;
    await expect
      // Sooner than health objects would bring the events that no queue has delivered.
      .poll(() => Promise.all(ids.map(isThere)), { timeout: 10_000 })
      .not.toContain(false);
    expect(dev.output).not.toMatch(/is none of Ledge's/);
  }, 120_000);

  test('O16 begins with its address, and its example is accepted', async () => {
    await using dev = devOf(bank);
    const origin = await dev.origin();
    expect(Number(new URL(origin).port)).toBeGreaterThan(0);
    expect(dev.output).toMatch(/^\nLedge listens on /);
    expect(await example(dev)).toMatchObject({
      ...{ status: 200, body: { outcome: 'accepted' }, query: 200 },
    });
  });

  test('CK19 reports what is missing before the server starts; O18 applies a new migration', async () => {
    using project = new PlantedProject();
    project.remove(`sql/${READ_MODELS}`);
    await using dev = devOf(project);
    await dev.origin();
    const found = dev.output.indexOf('No migration creates balances_v1, bank_v1. Run: ');
    expect(found).toBeGreaterThanOrEqual(0);
    expect(found).toBeLessThan(dev.output.indexOf('Ledge listens on'));
    project.write('sql/0009_wrong.sql', 'CREATE TABLE;');
    await dev.says('0009_wrong.sql could not be applied. Correct it and save it.');
    project.write('sql/0009_wrong.sql', 'CREATE TABLE mine (id INTEGER);');
    await dev.says('Applied 0009_wrong.sql.');
    expect(tablesIn(dev.state)).toEqual([expect.arrayContaining(['mine'])]);
  });

  test('O27 migrates and keeps each of several databases', async () => {
    using project = new PlantedProject();
    project.config((config) => bindDatabases(config, 3));
    await using dev = devOf(project);
    await dev.origin();
    project.write('sql/0009_mine.sql', 'CREATE TABLE mine (id INTEGER);');
    await dev.says('Applied 0009_mine.sql.');
    expect(tablesIn(dev.state)).toEqual(
      Array(3).fill(expect.arrayContaining(['journal_page', 'balances_v1', 'mine'])),
    );
  });

  test("O18 reports a table that no migration creates, for the app of the project's own settings", async () => {
    using project = new PlantedProject();
    await using dev = devOf(project);
    await dev.origin();
    expect(dev.output).toMatch(/^\nLedge listens on /);
    project.write('src/app.ts', `export { app } from '${root}test/shop/app';\n`);
    await dev.says(/^No migration creates orders_v1, /m);
  });
});

/** Of each local database. */
function tablesIn(state: string): unknown[][] {
  const files = globSync(`${state}/v3/d1/**/*.sqlite`);
  return files
    .filter((path) => !path.includes('metadata'))
    .map((file) => {
      using database = new DatabaseSync(file, { readOnly: true });
      const tables = database.prepare('SELECT name FROM sqlite_master').all();
      return tables.map(({ name }) => name);
    });
}
