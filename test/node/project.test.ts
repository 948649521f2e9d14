/** Where a project's app, lock, migrations and database are: package.json and each form of the wrangler configuration. */
import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { devOptions } from '../../cli/dev/dev-options.ts';
import { loadApp } from '../../migrations/load-app.ts';
import { readProject } from '../../migrations/project.ts';

function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'ledge-settings-')));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(join(folder, file, '..'), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  return folder;
}

const FORMS = [
  [
    'wrangler.toml',
    '[[d1_databases]]\nbinding = "ROWS"\nmigrations_dir = "sql"\n[env.live]\nname = "live"\n[[env.live.d1_databases]]\nbinding = "ROWS"\nmigrations_dir = "live-sql"',
  ],
  [
    'wrangler.json',
    '{ "d1_databases": [{ "binding": "ROWS", "migrations_dir": "sql" }], "env": { "live": { "d1_databases": [{ "binding": "ROWS", "migrations_dir": "live-sql" }] } } }',
  ],
  [
    'wrangler.jsonc',
    '{ /* The rows. */ "d1_databases": [{ "binding": "ROWS", "migrations_dir": "sql", }], "env": { "live": { "d1_databases": [{ "binding": "ROWS", "migrations_dir": "live-sql" }] } } }',
  ],
] as const;

describe('CK16 the project', () => {
  test.each(FORMS)('of %s', (name, text) => {
    const settings = {
      app: 'src/shop.ts',
      lock: 'src/shop.lock.json',
      bindings: { DB: 'ROWS' },
      queue: 'shop',
    };
    const folder = folderOf({ [name]: text, 'package.json': JSON.stringify({ ledge: settings }) });
    const config = join(folder, name);
    const project = readProject({ config });
    expect({
      folder: project.folder,
      app: resolve(project.app),
      lock: resolve(project.lock),
      migrations: resolve(project.migrations),
      bindings: project.bindings,
      queue: project.queue,
    }).toEqual({
      folder,
      app: join(folder, 'src/shop.ts'),
      lock: join(folder, 'src/shop.lock.json'),
      migrations: join(folder, 'sql'),
      bindings: expect.objectContaining({ DB: 'ROWS', EVENTS: 'EVENTS' }),
      queue: 'shop',
    });
    expect(resolve(readProject({ config, env: 'live' }).migrations)).toBe(join(folder, 'live-sql'));
    expect(devOptions(['--cwd', folder]).configFile).toBe(config);
  });

  test('without settings is that of a new app, the lock beside its app', () => {
    const folder = folderOf({ 'wrangler.toml': '', 'package.json': '{}' });
    const project = readProject({ config: join(folder, 'wrangler.toml') });
    const { app, lock, migrations } = project;
    const paths = [app, lock, migrations].map((path) => relative(folder, resolve(path)));
    expect(paths).toEqual(['src/app.ts', 'src/events.lock.json', 'migrations']);
    expect(project.bindings.DB).toBe('DB');
    expect(readProject({ app: 'src/app.ts' }).lock).toBe('src/events.lock.json');
  });

  test('with a configuration that cannot be read is a sentence', () => {
    const folder = folderOf({ 'wrangler.toml': '[[', 'package.json': '{}' });
    const config = join(folder, 'wrangler.toml');
    expect(() => readProject({ config })).toThrow('The wrangler configuration cannot be read: ');
    const broken = folderOf({ 'wrangler.toml': '', 'package.json': '{' });
    expect(() => readProject({ config: join(broken, 'wrangler.toml') })).toThrow(
      /"ledge" in \S*package\.json cannot be read: /,
    );
  });
});

describe('CK17 the app is loaded', () => {
  const part = 'export const app = { aggregates: [], projections: [] } satisfies object;';

  test.each(['./part', './part.ts', './part.js'])('by the specifier %s', async (specifier) => {
    const folder = folderOf({
      'package.json': '{}',
      'app.ts': `export { app } from '${specifier}';`,
      'part.ts': part,
    });
    expect(await loadApp(join(folder, 'app.ts'))).toEqual({ aggregates: [], projections: [] });
  });

  test('fresh each time, and leaves no file', async () => {
    const folder = folderOf({ 'package.json': '{}', 'app.ts': part });
    await loadApp(join(folder, 'app.ts'));
    writeFileSync(join(folder, 'app.ts'), part.replace('projections: []', 'projections: [1]'));
    expect(await loadApp(join(folder, 'app.ts'))).toMatchObject({ projections: [1] });
  });
});
