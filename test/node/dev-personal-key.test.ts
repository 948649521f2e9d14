/** O29 Which LEDGE_PERSONAL_KEY `ledge dev` gives to a project. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { personalKeyVars } from '../../cli/dev/personal-key.ts';
import { LOCAL_PERSONAL_KEY } from '../../core/protocol/local-personal-key.ts';
import { readProject } from '../../migrations/project.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ledge-dev-key-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function varsWith(files: Readonly<Record<string, string>>, environment?: string): string[] {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const config = join(folder, 'wrangler.toml');
  const project = readProject({ config, env: environment });
  return personalKeyVars(project, { environment, envFiles: undefined });
}

const plain = { 'wrangler.toml': 'name = "planted"\n[env.staging]\n' };
const current = `--var=LEDGE_PERSONAL_KEY:${LOCAL_PERSONAL_KEY}`;
const previous = `--var=LEDGE_PERSONAL_KEY_PREVIOUS:${LOCAL_PERSONAL_KEY}`;

test('O29 a project without a key has the public one, which is long enough', () => {
  expect(varsWith(plain)).toEqual([current]);
  expect(varsWith({ ...plain, '.dev.vars': 'LEDGE_SECRET="x"\n' })).toEqual([current]);
  expect(LOCAL_PERSONAL_KEY.length).toBeGreaterThanOrEqual(32);
});

test.each([
  ['.dev.vars', { ...plain, '.dev.vars': 'LEDGE_PERSONAL_KEY="of the project"\n' }],
  ['.env', { ...plain, '.env': 'LEDGE_PERSONAL_KEY=of the project\n' }],
  ['the configuration', { 'wrangler.toml': '[vars]\nLEDGE_PERSONAL_KEY = "of the project"\n' }],
])('O29 one of its own in %s stays, and the public one becomes the previous', (_where, files) => {
  expect(varsWith(files)).toEqual([previous]);
});

test('O29 a key of an environment is of that environment alone', () => {
  const files = { ...plain, '.dev.vars.staging': 'LEDGE_PERSONAL_KEY="of the project"\n' };
  expect(varsWith(files, 'staging')).toEqual([previous]);
  expect(varsWith(files)).toEqual([current]);
});

test('O29 a project that changes its key gets no other', () => {
  const both = 'LEDGE_PERSONAL_KEY="new"\nLEDGE_PERSONAL_KEY_PREVIOUS="old"\n';
  expect(varsWith({ ...plain, '.dev.vars': both })).toEqual([]);
});
