/** `npm run docs`: the documentation as a static site with search, in dist/docs. */
import { copyFileSync, cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import MiniSearch from 'minisearch';
import { renderPage } from './html.ts';
import { INDEX, sitePages } from './site-pages.ts';

const SITE = 'dist/docs';
const SOURCE = import.meta.dirname;

/** What search.js creates its index with. */
export const SEARCH_OPTIONS = { fields: ['title', 'text'], storeFields: ['title', 'page'] };

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const pages = await buildSite(SITE);
  console.log(`${SITE} has ${pages} pages. Show them: npx vite preview --outDir ${SITE}`);
}

/** @returns the number of pages */
export async function buildSite(site: string): Promise<number> {
  rmSync(site, { recursive: true, force: true });
  mkdirSync(site, { recursive: true });
  const pages = await sitePages();
  const index = pages.find(({ source }) => source === INDEX);
  if (!index) throw new Error(`${INDEX} is missing.`);
  const paths = new Map(pages.map(({ source, path }) => [source, path]));
  const search = new MiniSearch(SEARCH_OPTIONS);
  for (const page of pages) {
    const { html, title, sections } = renderPage(page, index, paths);
    mkdirSync(dirname(join(site, page.path)), { recursive: true });
    writeFileSync(join(site, page.path), html);
    if (!page.isSearched) continue;
    for (const section of sections) {
      search.add({ ...section, id: `${page.path}#${section.id}`, page: title });
    }
  }
  const text = JSON.stringify(JSON.stringify(search));
  writeFileSync(join(site, 'search-index.js'), `globalThis.searchIndex = ${text};\n`);
  const minisearch = createRequire(import.meta.url).resolve('minisearch');
  copyFileSync(join(dirname(minisearch), '../umd/index.js'), join(site, 'minisearch.js'));
  for (const file of ['site.css', 'search.js']) copyFileSync(join(SOURCE, file), join(site, file));
  if (existsSync('docs/images')) cpSync('docs/images', join(site, 'images'), { recursive: true });
  return pages.length;
}
