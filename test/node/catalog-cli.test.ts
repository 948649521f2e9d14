/** `ledge catalog`, `ledge types`, `ledge contracts verify`, and what `ledge check` says of their files. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test, vi } from 'vitest';
import { catalogFaults } from '../../cli/catalog/catalog-file.ts';
import { catalog } from '../../cli/catalog.ts';
import type { CliCommand } from '../../cli/cli-command.ts';
import { contractFaults } from '../../cli/contracts/project-contracts.ts';
import { contracts } from '../../cli/contracts.ts';
import { types } from '../../cli/types.ts';
import { catalogOf } from '../../core/catalog/catalog.ts';
import { readProject } from '../../migrations/project.ts';
import { cataloguedApp } from './support/catalogued-app.ts';

const folder = mkdtempSync('catalog-test-');
const file = (name: string) => join(folder, name);
const app = ['--app', file('app.ts')];

afterAll(() => rmSync(folder, { recursive: true }));

beforeEach(() => {
  mkdirSync(file('contracts'), { recursive: true });
  writeFileSync(
    file('app.ts'),
    "export { cataloguedApp as app } from '../test/node/support/catalogued-app.ts';\n",
  );
  writeFileSync(file('catalog.json'), JSON.stringify(catalogOf(cataloguedApp)));
});

/** In this process: a module is loaded once. */
async function ran(command: CliCommand, ...argv: string[]) {
  const texts = { out: '', error: '' };
  const into = (name: keyof typeof texts, end: string) => (text: unknown) => {
    texts[name] += `${text}${end}`;
    return true;
  };
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation(into('out', '')),
    vi.spyOn(process.stderr, 'write').mockImplementation(into('error', '')),
    vi.spyOn(console, 'log').mockImplementation(into('out', '\n')),
    vi.spyOn(console, 'error').mockImplementation(into('error', '\n')),
  ];
  const code = await command(argv).finally(() => {
    for (const spy of spies) spy.mockRestore();
  });
  return { code, ...texts };
}

const contract = (field: string) =>
  JSON.stringify({
    ...{ consumer: 'post', publication: 'town' },
    events: [
      {
        ...{ type: 'person.moved', version: 1 },
        data: { type: 'object', properties: { [field]: { type: 'string' } }, required: [field] },
      },
    ],
  });

test('CT6 ledge catalog prints the same text each time, and the answer of the route', async () => {
  const printed = await ran(catalog, ...app);
  expect(printed).toMatchObject({ code: 0, error: '' });
  expect(printed.out).toMatch(/^# Catalog\n[\s\S]*## Publication `town`[\s\S]*\n$/);
  expect(await ran(catalog, ...app)).toEqual(printed);
  const { out } = await ran(catalog, '--json', ...app);
  expect(JSON.parse(out)).toEqual(catalogOf(cataloguedApp));
});

test('CT6 --check knows a file that is missing, right, or out of date', async () => {
  const target = file('catalog.md');
  const fault = { code: 1, error: expect.stringContaining(`ledge catalog --out ${target}`) };
  expect(await ran(catalog, '--check', target, ...app)).toMatchObject(fault);
  expect(await ran(catalog, '--out', target, ...app)).toMatchObject({ code: 0 });
  expect(await ran(catalog, '--check', target, ...app)).toMatchObject({ code: 0, error: '' });
  writeFileSync(target, `${readFileSync(target, 'utf8')}more\n`);
  expect(await ran(catalog, '--check', target, ...app)).toMatchObject(fault);
  expect(await ran(catalog, '--check', target, '--out', target, ...app)).toMatchObject({
    ...{ code: 1, error: 'Give one of --out, --check and --json.\n' },
  });
});

test('CT6 ledge check compares a catalog.md beside the app, and misses none', () => {
  const project = { ...readProject({ app: file('app.ts') }), contracts: file('contracts') };
  writeFileSync(file('catalog.md'), 'old');
  expect(catalogFaults(project, cataloguedApp)).toEqual([
    expect.stringContaining(`ledge catalog --out ${file('catalog.md')}`),
  ]);
  rmSync(file('catalog.md'));
  expect(catalogFaults(project, cataloguedApp)).toEqual([]);
});

test('CT7 ledge types writes a module, from the app or from a saved catalog', async () => {
  const fromApp = await ran(types, '--publication', 'town', ...app);
  expect(fromApp.out).toContain('export type TownEvent =');
  const saved = ['--catalog', file('catalog.json')];
  expect(await ran(types, '--publication', 'town', ...saved)).toEqual(fromApp);
  const target = file('town-events.ts');
  expect(await ran(types, '--publication', 'town', '--check', target, ...saved)).toMatchObject({
    ...{ code: 1, error: expect.stringContaining('types --publication town --out') },
  });
  await ran(types, '--publication', 'town', '--out', target, ...saved);
  expect(readFileSync(target, 'utf8')).toBe(fromApp.out);
  expect(await ran(types, '--publication', 'town', '--check', target, ...saved)).toMatchObject({
    code: 0,
  });
});

test.each([
  [['--publication', 'twon'], 'There is no publication twon. Did you mean town?'],
  [['--publication', 'town', '--out', 'a', '--check', 'a'], 'Give one of --out and --check.'],
  [[], "required option '--publication <name>' not specified"],
])('CT7 ledge types %j says what is wrong', async (argv, error) => {
  const { code, ...texts } = await ran(types, ...argv, '--catalog', file('catalog.json'));
  expect([code, texts.error]).toEqual([1, expect.stringContaining(error)]);
});

test('CT7 a file that is no catalog is named', async () => {
  writeFileSync(file('catalog.json'), '{"aggregates":[]}');
  const { code, error } = await ran(types, '--publication', 'a', '--catalog', file('catalog.json'));
  expect(code).toBe(1);
  expect(error).toContain(`${file('catalog.json')} is not a catalog as /catalog.json answers it`);
});

test('CT8 contracts are verified in files and folders, against the app or a saved catalog', async () => {
  writeFileSync(file('contracts/good.json'), contract('person'));
  writeFileSync(file('contracts/notes.md'), 'no contract');
  const note = `${file('contracts/good.json')}: post uses person.moved version 1 of town, which is promised until 2027-06-30.\n`;
  const kept = { code: 0, out: `${note}The publications keep 1 contract.\n`, error: '' };
  expect(await ran(contracts, 'verify', file('contracts'), ...app)).toEqual(kept);
  const saved = ['--catalog', file('catalog.json')];
  expect(await ran(contracts, 'verify', file('contracts/good.json'), ...saved)).toEqual(kept);
  writeFileSync(file('contracts/bad.json'), contract('house'));
  const both = await ran(contracts, 'verify', file('contracts'), ...saved);
  expect(both).toMatchObject({ code: 1, out: expect.stringContaining(note) });
  expect(both.error).toContain(
    `${file('contracts/bad.json')}: post uses person.moved version 1 of town: house is no field of it.`,
  );
});

test.each([
  ['no file', 'none.json', 'There is no file'],
  ['a folder without contracts', 'empty', 'There is no contract'],
  ['a file that is no JSON', 'app.ts', 'app.ts is not the contract of a consumer'],
  ['another JSON', 'catalog.json', 'catalog.json is not the contract of a consumer'],
])('CT8 %s is a fault', async (_what, name, error) => {
  mkdirSync(file('empty'), { recursive: true });
  const ended = await ran(contracts, 'verify', file(name), '--catalog', file('catalog.json'));
  expect(ended).toMatchObject({ code: 1, error: expect.stringContaining(error) });
});

test('CT8 ledge check verifies the contracts of the project, and misses no folder', () => {
  const project = { ...readProject({ app: file('app.ts') }), contracts: file('contracts') };
  writeFileSync(file('contracts/good.json'), contract('person'));
  writeFileSync(file('contracts/bad.json'), contract('house'));
  expect(contractFaults(project, cataloguedApp)).toEqual([
    expect.stringContaining('post uses person.moved version 1 of town: house is no field of it'),
  ]);
  rmSync(file('contracts/bad.json'));
  expect(contractFaults(project, cataloguedApp)).toEqual([]);
  rmSync(file('contracts'), { recursive: true });
  expect(contractFaults(project, cataloguedApp)).toEqual([]);
});
