/** `npm run dev` as a person and a process manager meet it: what it says, what it follows, and what it leaves behind. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, existsSync, globSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { isTaken } from '../../cli/dev-wrangler.ts';
import { PlantedProject } from '../node/support/planted-project.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const WAIT_MS_MAX = 60_000;

/** On real processes, whose parents only Linux exposes. */
const onLinux = process.platform === 'linux' ? describe : describe.skip;

/** A started `npm run dev`, with everything that it started. */
class Dev {
  output = '';
  readonly state = mkdtempSync(join(tmpdir(), 'ledge-dev-'));
  readonly #mark = `LEDGE_TEST_RUN=${randomUUID()}`;
  readonly child: ChildProcessWithoutNullStreams;

  constructor(command: readonly string[], ...args: string[]) {
    const [name = '', value = ''] = this.#mark.split('=');
    const [program = '', ...first] = command;
    const state = args.includes('--memory') ? [] : ['--persist-to', this.state];
    const all = [...first, '--port', '0', ...state, ...args];
    this.child = spawn(program, all, { cwd: root, env: { ...process.env, [name]: value } });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
      });
    }
  }

  async says(text: string | RegExp): Promise<RegExpMatchArray> {
    const startMs = performance.now();
    for (;;) {
      const found = this.output.match(text);
      if (found) return found;
      if (performance.now() - startMs > WAIT_MS_MAX) throw new Error(`Not said: ${this.output}`);
      await sleep(100);
    }
  }

  async origin(): Promise<string> {
    return (await this.says(/Ledge listens on (http:\S+)/))[1] ?? '';
  }

  /** The command lines of all that is left of it. */
  processes(): string[] {
    return this.#left().map(({ commandLine }) => commandLine);
  }

  #left(): { id: number; commandLine: string }[] {
    return globSync('/proc/[0-9]*').flatMap((folder) => {
      const isIts = textOf(`${folder}/environ`).includes(this.#mark);
      const id = Number(folder.split('/').at(-1));
      return isIts ? [{ id, commandLine: textOf(`${folder}/cmdline`) }] : [];
    });
  }

  async isGone(): Promise<boolean> {
    const startMs = performance.now();
    while (this.processes().some(Boolean)) {
      if (performance.now() - startMs > 15_000) return false;
      await sleep(100);
    }
    return true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGTERM');
    if (await this.isGone()) return;
    for (const { id } of this.#left()) process.kill(id, 'SIGKILL');
  }
}

/** Empty for a process that has ended meanwhile. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

const npm = ['npm', 'run', 'dev', '--'];
const node = [process.execPath, 'cli/main.ts', 'dev'];

onLinux('O17 a signal', () => {
  test.each([
    ['SIGTERM', 'npm, which passes it to nothing', npm],
    ['SIGTERM', 'the script', node],
    ['SIGHUP', 'the script', node],
    ['SIGINT', 'the script', node],
  ] as const)('%s to %s ends all that was started', async (signal, _whom, command) => {
    await using dev = new Dev(command);
    const origin = await dev.origin();
    expect(dev.processes().join('\n')).toContain('workerd');
    dev.child.kill(signal);
    await once(dev.child, 'close');
    expect(await dev.isGone()).toBe(true);
    expect(await isTaken('localhost', Number(new URL(origin).port))).toBe(false);
  });

  test('while it is still starting does so too', async () => {
    await using dev = new Dev(node);
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
      await using dev = new Dev(node, '--memory');
      const origin = await dev.origin();
      const [, folder = ''] = dev.output.match(/^The state is \S+ \S+ in (\S+) with/) ?? [];
      const files = () => globSync(`${folder}/v3/do/**/*.sqlite`).length;
      const before = files();
      const answer = await fetch(`${origin}/v1/commands/product/memory/RegisterProduct`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ name: 'Memory', priceCents: 1 }),
      });
      expect([answer.status, files() - before]).toEqual([200, 1]);
      dev.child.kill(signal);
      await once(dev.child, 'close');
      expect([await dev.isGone(), existsSync(folder)]).toEqual([true, false]);
    },
  );

  test('O16 begins with its address, and its example is accepted', async () => {
    await using dev = new Dev(node);
    const origin = await dev.origin();
    expect(Number(new URL(origin).port)).toBeGreaterThan(0);
    expect(dev.output).toMatch(/^\nLedge listens on /);
    const [, url = '', body] =
      dev.output.match(/curl -X POST (\S+) \\\n\s+-H '[^']*' -d '([^\n]*)'\n/) ?? [];
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(url, { method: 'POST', headers, body: body ?? '' });
    expect([answer.status, await answer.json()]).toMatchObject([200, { outcome: 'accepted' }]);
    const [, query = ''] = dev.output.match(/Ask a query\s+curl (\S+)/) ?? [];
    expect((await fetch(query)).status).toBe(200);
  });

  test('CK19 reports what is missing before the server starts; O18 applies a new migration', async () => {
    const { config, migrations } = ownConfig();
    await using dev = new Dev(node, '--config', config);
    await dev.origin();
    const found = dev.output.indexOf('No migration creates sagas_v1. Run: ledge migrations');
    expect(found).toBeGreaterThanOrEqual(0);
    expect(found).toBeLessThan(dev.output.indexOf('Ledge listens on'));
    writeFileSync(join(migrations, '0009_wrong.sql'), 'CREATE TABLE;');
    await dev.says('0009_wrong.sql could not be applied. Correct it and save it.');
    writeFileSync(join(migrations, '0009_wrong.sql'), 'CREATE TABLE mine (id INTEGER);');
    await dev.says('Applied 0009_wrong.sql.');
    expect(tablesIn(dev.state)).toContain('mine');
  });

  test("O18 reports a table that no migration creates, for the app of the project's own settings", async () => {
    using project = new PlantedProject();
    await using dev = new Dev(node, '--config', join(project.folder, 'wrangler.jsonc'));
    await dev.origin();
    expect(dev.output).toMatch(/^\nLedge listens on /);
    project.write('src/app.ts', `export { app } from '${root}domain/app';\n`);
    await dev.says(/^No migration creates orders_v1, /m);
  });
});

/** The reference app's configuration over a folder of migrations that lacks the last table. */
function ownConfig(): { config: string; migrations: string } {
  const folder = mkdtempSync(join(tmpdir(), 'ledge-dev-config-'));
  const migrations = join(folder, 'migrations');
  cpSync(join(root, 'migrations'), migrations, {
    recursive: true,
    filter: (path) => !path.endsWith('_sagas_v1.sql'),
  });
  const config = join(folder, 'wrangler.toml');
  const text = readFileSync(join(root, 'wrangler.toml'), 'utf8')
    .replace('"worker/index.ts"', `"${root}/worker/index.ts"`)
    .replace('"dist/assets"', `"${root}/dist/assets"`);
  writeFileSync(config, text);
  return { config, migrations };
}

function tablesIn(state: string): unknown[] {
  const [file = ''] = globSync(`${state}/v3/d1/**/*.sqlite`).filter(
    (path) => !path.includes('metadata'),
  );
  const database = new DatabaseSync(file, { readOnly: true });
  return database
    .prepare('SELECT name FROM sqlite_master')
    .all()
    .map(({ name }) => name);
}
