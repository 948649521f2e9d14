/** The site of the documentation is built, and its links lead to pages and headings; every exported name is documented. */
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import MiniSearch from 'minisearch';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildSite, SEARCH_OPTIONS } from '../../docs/site/build.ts';
import { exportedNames } from '../../docs/site/exported-names.ts';

const site = mkdtempSync(join(tmpdir(), 'ledge-docs-'));

beforeAll(() => buildSite(site), 60_000);
afterAll(() => rmSync(site, { recursive: true }));

const read = (path: string) => readFileSync(join(site, path), 'utf8');

test('DC4 every link of the site leads to a page and a heading of it', () => {
  const pages = globSync('**/*.html', { cwd: site });
  expect(pages.length).toBeGreaterThan(100);
  const broken = pages.flatMap((page) => {
    const addresses = [...read(page).matchAll(/(?:href|src)="([^"]+)"/g)].map(([, to = '']) => to);
    return addresses.filter((to) => !leadsSomewhere(page, to)).map((to) => `${page}: ${to}`);
  });
  expect(broken).toEqual([]);
});

const ids = new Map<string, string>();

function leadsSomewhere(page: string, to: string): boolean {
  if (/^https?:/.test(to)) return true;
  const [file = '', anchor] = to.split('#');
  const path = file === '' ? page : join(dirname(page), file);
  if (!existsSync(join(site, path))) return false;
  const html = ids.get(path) ?? read(path);
  ids.set(path, html);
  return (
    anchor === undefined ||
    page.startsWith('decisions/') ||
    html.includes(`id="${decodeURIComponent(anchor)}"`)
  );
}

/** A script, a style or an address that a page of the policy may not have. */
const LOADING = /<script(?![^>]* src=")|<style|<[^>]* style="|src="https?:|<link[^>]*"https?:/;

test('DC4 the site loads nothing from elsewhere, and nothing in it is inline', () => {
  const html = read('index.html');
  expect(html).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
  const loading = globSync('**/*.html', { cwd: site }).filter((page) => LOADING.test(read(page)));
  expect(loading).toEqual([]);
});

test('DC5 a word of a page is found, and its address is that of a heading', () => {
  const text = read('search-index.js');
  const index = JSON.parse(text.slice(text.indexOf('=') + 1).replace(/;\s*$/, ''));
  const search = MiniSearch.loadJSON(index, SEARCH_OPTIONS);
  const [found] = search.search('unique e-mail address');
  expect(found).toMatchObject({ id: expect.stringMatching(/^guides\/a-unique-email\.html#/) });
  expect(search.search('givenSaga')[0]?.id).toBe('reference-ledge-testing.html#givensaga');
});

test('DC6 every exported name has a docstring, and every function an example', () => {
  const entries = exportedNames();
  const names = entries.flatMap(({ specifier, names }) =>
    names.map((one) => ({ ...one, name: `${specifier} ${one.name}` })),
  );
  expect(names.length).toBeGreaterThan(200);
  expect(names.filter(({ text }) => text === '').map(({ name }) => name)).toEqual([]);
  const functions = names.filter(({ kind }) => kind === 'function');
  expect(functions.filter(({ examples }) => examples.length === 0).map(({ name }) => name)).toEqual(
    [],
  );
});

test('DC7 the reference has every command and the addresses of the API', () => {
  expect(read('reference-cli.html')).toContain('id="ledge-projections-rollback"');
  expect(read('reference-http.html')).toContain('/v1/commands/order/{id}/PlaceOrder');
});
