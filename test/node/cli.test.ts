/** The package's one command line: its list, its names, and that every command is a function of its arguments. */
import { spawn } from 'node:child_process';
import {
  existsSync,
  globSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { commands } from '../../cli/commands.ts';
import { ledge } from '../../cli/ledge.ts';
import { oldNodeReason } from '../../cli/node-version.ts';
import { ranCli, runCli, runNorthwind } from './support/run-cli.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const names = Object.keys(commands);
const { version, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** The result and the output of a function of the command line. */
async function called(...argv: string[]): Promise<{ code: number; printed: string }> {
  let printed = '';
  const collect = (text: string | Uint8Array) => {
    printed += String(text);
    return true;
  };
  vi.spyOn(process.stdout, 'write').mockImplementation(collect);
  vi.spyOn(process.stderr, 'write').mockImplementation(collect);
  for (const method of ['log', 'error'] as const) {
    vi.spyOn(console, method).mockImplementation((text) => collect(`${text}\n`));
  }
  const code = await ledge(argv);
  vi.restoreAllMocks();
  return { code, printed };
}

afterEach(() => vi.restoreAllMocks());

/** Source files of the product, by their path in the repository. */
function sources(...patterns: string[]): (readonly [string, string])[] {
  return globSync(patterns, { cwd: root })
    .filter((file) => !file.endsWith('.test.ts'))
    .map((file) => [file.replaceAll(sep, '/'), readFileSync(join(root, file), 'utf8')] as const);
}

/** Arguments that a command refuses; an option that dev does not know is wrangler's. */
const wrong: Readonly<Record<string, readonly string[]>> = {
  dev: ['--port', 'x'],
  'restore-database': ['--to', 'x'],
  export: ['--out'],
  types: ['--publication', 'x', '--no-such-option'],
};

describe('CL1 a command is a function of its arguments', () => {
  test.each(names)('%s returns its exit code to its caller', async (name) => {
    const exit = vi.spyOn(process, 'exit').mockImplementation(() => {
      throw new Error('The process was ended.');
    });
    const before = process.exitCode;
    const { code, printed } = await called(name, ...(wrong[name] ?? ['--no-such-option']));
    expect([code, process.exitCode, exit.mock.calls]).toEqual([1, before, []]);
    expect(printed).toMatch(
      /--no-such-option|--port needs a number|'--to <time>'|'--out <folder>'/,
    );
  });

  test('the process itself belongs to the entries', () => {
    const found = sources('cli/**/*.ts', 'migrations/*.ts')
      .filter(([, text]) => /process\.(argv|exit|exitCode)\b/.test(text))
      .map(([file]) => file);
    expect(found.sort()).toEqual(['cli/main.ts', 'cli/northwind/main.ts']);
  });
});

describe('CL2 the list of commands', () => {
  test.each([['--help'], ['-h'], ['help']])('%s has a line for each', async (flag) => {
    const { code, stdout, stderr } = await runCli(flag);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^Usage: ledge <command>/);
    for (const [name, { summary }] of Object.entries(commands)) {
      expect(stdout).toMatch(new RegExp(`^ {2}${name} +${summary}$`, 'm'));
    }
  });

  test('without a command is an error that prints the list', async () => {
    const { code, stdout, stderr } = await runCli();
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^Usage: ledge <command>/);
  });

  test.each(names)('O9 %s is named in its usage as it is started', async (name) => {
    const { code, printed } = await called(name, '--help');
    expect(code).toBe(0);
    expect(printed).toMatch(new RegExp(`^Usage: ledge ${name} `));
  });

  test('O9 northwind, of this repository alone, is not in it', async () => {
    expect(names).not.toContain('northwind');
    expect((await runNorthwind('--help')).stdout).toMatch(/^Usage: npm run northwind -- /);
  });
});

test.each([
  ['projectoins', 'Did you mean projections?'],
  ['deadletters', 'Did you mean dead-letters?'],
  ['constructor', `There are: ${names.join(', ')}.`],
])('CL3 the unknown command %s gets the nearest one, or all', async (name, hint) => {
  const { code, stdout, stderr } = await runCli(name);
  const message = `error: there is no command ${name}. ${hint}\n`;
  expect([code, stdout, stderr]).toEqual([1, '', message]);
});

test.each([['--version'], ['-V']])('CL4 %s prints the version of the package', async (flag) => {
  expect(await runCli(flag)).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
});

test('CL8 a command that asks a server loads no part of the app', async () => {
  const local = [
    ...['dev', 'check', 'deploy', 'migrations', 'schemas'],
    ...['catalog', 'types', 'contracts'],
  ];
  const asking = names.filter((name) => !local.includes(name));
  // `load` is called here: the modules of a command, and all that they import.
  const script = `
    import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
    const { commands } = await import('./cli/commands.ts');
    for (const name of ${JSON.stringify(asking)}) await commands[name].load();
    console.log(JSON.stringify(loaded));`;
  const { code, stdout, stderr } = await ranCli(
    spawn(process.execPath, ['--input-type=module', '--eval', script], { cwd: root }),
  );
  expect([code, stderr]).toEqual([0, '']);
  const loaded = JSON.parse(stdout) as string[];
  expect(loaded.length).toBeGreaterThan(100);
  expect(loaded.filter((url) => /drizzle-orm|\/core\/app\.ts$/.test(url))).toEqual([]);
});

describe('CL5 texts name commands as a user of the package types them', () => {
  const product = sources('{cli,core,durable-objects,migrations,worker,client}/**/*.{ts,tsx}');

  test('no text has a script of this repository', () => {
    const found = product.flatMap(([file, text]) =>
      [...text.matchAll(/^(?!\s*(\/?\*|\/\/)).*npm run .*$/gm)].map(([line]) => `${file}: ${line}`),
    );
    expect(found).toEqual(["cli/northwind/northwind.ts:   'npm run northwind --',"]);
  });

  test('every command that a text names exists', () => {
    const found = product.flatMap(([, text]) =>
      [...text.matchAll(/commandText\(['`]([a-z-]+)/g)].map(([, name]) => name ?? ''),
    );
    expect(found.length).toBeGreaterThan(15);
    expect(found.filter((name) => !names.includes(name))).toEqual([]);
  });
});

describe('CL6 the Node that runs the commands', () => {
  test.each(['20.20.2', '22.11.0', '18.0.0'])('%s is refused in a sentence', (old) => {
    expect(oldNodeReason(old)).toBe(
      `ledge needs Node 22.13 or newer, and this is Node ${old}. Install a newer Node and run the command again.`,
    );
  });

  test.each(['22.13.0', '23.0.0', '24.21.0'])('%s is not', (version) => {
    expect(oldNodeReason(version)).toBeUndefined();
  });

  test('under npm run is the one of this repository, whichever comes first on the PATH', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ledge-node-'));
    symlinkSync('/bin/false', join(folder, 'node'));
    const npm = fileURLToPath(npmProgram());
    const env = { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH}` };
    const run = (...args: string[]) =>
      ranCli(spawn(process.execPath, [npm, ...args], { cwd: root, env }));
    const helped = await run('run', '--silent', 'import', '--', '--help');
    expect(helped).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Usage: ledge import /),
    });
    const { stdout } = await run('exec', '--silent', '-c', 'node --version');
    expect(stdout.trim()).toBe(`v${devDependencies.node}`);
  });
});

/** The npm of this machine, as a module for Node. */
function npmProgram(): URL {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const npm = folders.map((folder) => join(folder, 'npm')).find((file) => existsSync(file));
  if (npm === undefined) throw new Error('There is no npm on the PATH.');
  return pathToFileURL(realpathSync(npm));
}
