/** `npm create ledge` as a function of its arguments, on the template as it is in the source tree. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Unstable_Config, unstable_readConfig } from 'wrangler';
import { appProcesses } from '../../create-ledge/app-choice.ts';
import { createLedge } from '../../create-ledge/create-ledge.ts';
import { oldNodeNote } from '../../create-ledge/node-note.ts';
import { appFiles, templateManifest } from '../../create-ledge/template.ts';
import repository from '../../package.json' with { type: 'json' };

let folder: string;
let printed: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'create-ledge-'));
  printed = '';
  for (const method of ['log', 'error'] as const) {
    vi.spyOn(console, method).mockImplementation((text: unknown) => {
      printed += `${text}\n`;
    });
  }
});

afterEach(() => vi.restoreAllMocks());

const filesIn = (path: string) =>
  readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());

describe('NP3 what is not sound is refused in a sentence, and nothing is written', () => {
  test.each([
    ['no folder', [], /A folder is missing/],
    ['two folders, as npm makes of --with without --', ['my-app', 'saga'], /come after a --/],
    ['an unknown option', ['my-app', '--wiht', 'saga'], /Unknown option '--wiht'/],
    ['an option without its value', ['my-app', '--with'], /--with/],
    ['an unknown process', ['my-app', '--with', 'workflow'], /takes none, reactor, saga/],
    ['a name with capitals', ['My-App'], /"My-App" is no name/],
    ['a name that begins with a digit', ['1app'], /"1app" is no name/],
    ['a name that ends with a dash', ['app-'], /"app-" is no name/],
    ['a name too long for its queues', ['a'.repeat(41)], /is no name/],
    ['a name that is one of an environment', ['my-app-staging'], /ends with -staging/],
    ['a name that is one of a dead-letter queue', ['walking-dead'], /ends with -dead/],
    ['a name that an import of the app has', ['my-app', '--name', 'zod'], /cannot import/],
    ['the name of the package itself', ['ledge'], /cannot import the package ledge/],
  ])('%s', (_what, argv, sentence) => {
    const [first, ...others] = argv;
    const code = createLedge(first === undefined ? [] : [join(folder, first), ...others]);
    expect(code).toBe(1);
    expect(printed).toMatch(sentence);
    expect(printed).not.toMatch(/^\s+at /m);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('a folder with a file', () => {
    writeFileSync(join(folder, 'notes.txt'), 'mine');
    expect(createLedge([folder, '--name', 'my-app'])).toBe(1);
    expect(printed).toContain('is not empty: it has notes.txt.');
    expect(readdirSync(folder)).toEqual(['notes.txt']);
  });

  test('a file in the place of a folder', () => {
    writeFileSync(join(folder, 'my-app'), 'mine');
    expect(createLedge([join(folder, 'my-app')])).toBe(1);
    expect(printed).toContain('is a file');
  });
});

test('NP4 a name that every object has is a name like others', () => {
  expect(createLedge([join(folder, 'constructor')])).toBe(0);
});

test('NP4 a folder that has only a repository is as good as an empty one', () => {
  mkdirSync(join(folder, '.git'));
  expect(createLedge([folder, '--name', 'my-app'])).toBe(0);
  expect(existsSync(join(folder, '.gitignore'))).toBe(true);
});

test('NP4 each process is written with a test of its own, and the next commands are printed', () => {
  const counts = appProcesses.map((process) => {
    const app = join(folder, process);
    expect(createLedge([app, '--with', process])).toBe(0);
    expect(printed).toContain(`cd ${app}\n  npm install\n  npm run dev`);
    return filesIn(app).filter(({ name }) => name.endsWith('.test.ts')).length;
  });
  expect(counts).toEqual([3, 5, 5]);
});

test('NP5 the template names packages, and this repository pins each of them', () => {
  const { dependencies, devDependencies } = templateManifest();
  const pins: Record<string, string> = {
    ...repository.dependencies,
    ...repository.devDependencies,
  };
  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
    expect(version, name).toBe('*');
    if (name !== repository.name) expect(pins[name], name).toMatch(/^\d+\.\d+\.\d+$/);
  }
});

test('NP6 staging and production have what local development has, under names of their own', () => {
  createLedge([folder, '--name', 'my-app']);
  const config = join(folder, 'wrangler.jsonc');
  const [local, staging, production] = [undefined, 'staging', 'production'].map((env) =>
    unstable_readConfig({ config, ...(env !== undefined && { env }) }, { hideWarnings: true }),
  );
  expect(bindingsOf(staging, '-staging')).toEqual(bindingsOf(local));
  expect(bindingsOf(production, '-production')).toEqual(bindingsOf(local));
  expect(bindingsOf(staging)).not.toEqual(bindingsOf(production));
});

/** Everything that a Worker of Ledge is bound to, as it would be with names that have no suffix. */
function bindingsOf(config: Unstable_Config | undefined, suffix = ''): unknown {
  if (!config) throw new Error('The configuration could not be read.');
  const { name, main, assets, durable_objects, exports, d1_databases, queues, triggers } = config;
  const text = JSON.stringify({
    ...{ name, main, assets, durable_objects, exports, d1_databases, queues, triggers },
  });
  return JSON.parse(text.replaceAll(`my-app${suffix}`, 'my-app'));
}

test('NP7 the longest name still makes queue names that the platform takes', () => {
  const name = 'a'.repeat(40);
  const config = appFiles({ name, process: 'none' }).get('wrangler.jsonc') ?? '';
  const names = config.match(/events-a{40}[a-z-]*/g) ?? [];
  expect(names.length).toBeGreaterThan(10);
  expect(Math.max(...names.map(({ length }) => length))).toBe(63);
});

test('NP8 an app has nothing of the shop, no placeholder, and the address of no registry', () => {
  const shop =
    /\b(customers|fulfilment|order|payment|product|returns|sales|shipment|northwind|shop)s?\b/i;
  for (const process of appProcesses) {
    for (const [path, text] of appFiles({ name: 'my-app', process })) {
      expect(text, path).not.toMatch(shop);
      expect(text, path).not.toMatch(/\{\{|registry\./);
    }
  }
});

test('NP9 an older Node gets a note of what the tools of the app need', () => {
  const needed = JSON.parse(readFileSync('create-ledge/package.json', 'utf8')).engines.node;
  expect(needed).toBe('>=20.12');
  expect(oldNodeNote('20.19.0', '22.12')).toEqual([
    '',
    'The app needs Node 22.12 or newer, and this is Node 20.19.0.',
  ]);
  expect(oldNodeNote('22.12.0', '22.12')).toEqual([]);
  expect(oldNodeNote('24.0.0', '22.12')).toEqual([]);
});
