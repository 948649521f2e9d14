/** The pages of the site: each Markdown file by its place, and the pages that are made from the source. */
import { globSync, readFileSync } from 'node:fs';
import { apiPage } from './api-page.ts';
import { cliPage } from './cli-page.ts';
import { exportedNames } from './exported-names.ts';
import { httpPage } from './http-page.ts';

export const INDEX = 'docs/README.md';

export interface Page {
  /** The file that links name; of a made page the one that it would be. */
  readonly source: string;
  /** Its place in the site: `guides/a-field.html`. */
  readonly path: string;
  readonly markdown: string;
  /** Records and changes are read, not searched. */
  readonly isSearched: boolean;
}

export async function sitePages(): Promise<Page[]> {
  const files = globSync(['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'docs/**/*.md']).sort();
  const written = [
    ...files.map((source) => pageOf(source, readFileSync(source, 'utf8'))),
    pageOf('docs/decisions/README.md', decisions(files)),
  ];
  const made = [
    ...exportedNames().map((entry) => pageOf(apiSource(entry.specifier), apiPage(entry))),
    pageOf('docs/reference-http.md', httpPage()),
    pageOf('docs/reference-cli.md', await cliPage()),
  ];
  return [...written.map((page) => (page.source === INDEX ? withMade(page, made) : page)), ...made];
}

/** The index of the site has the pages that are made, too. */
function withMade(index: Page, made: readonly Page[]): Page {
  const lines = made.map(({ source, markdown }) => {
    const title = /^# (.+)$/m.exec(markdown)?.[1] ?? source;
    return `- [${title}](${source.slice('docs/'.length)})`;
  });
  return { ...index, markdown: `${index.markdown}\n## From the source\n\n${lines.join('\n')}\n` };
}

/** `ledge/testing` is at `reference-ledge-testing.html`. */
function apiSource(specifier: string): string {
  return `docs/reference-${specifier.replace('/', '-')}.md`;
}

function pageOf(source: string, markdown: string): Page {
  const isSearched = !/^(CHANGELOG|docs\/(decisions\/|invariants))/.test(source);
  return { source, path: pathOf(source), markdown, isSearched };
}

function pathOf(source: string): string {
  if (source === 'README.md') return 'index.html';
  if (source === INDEX) return 'documentation.html';
  return source
    .replace(/^docs\//, '')
    .toLowerCase()
    .replace(/readme\.md$/, 'index.html')
    .replace(/\.md$/, '.html');
}

function decisions(files: readonly string[]): string {
  const records = files.filter((file) => file.startsWith('docs/decisions/'));
  const lines = records.map((file) => {
    const title = /^# (.+)$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? file;
    return `- [${title}](${file.slice('docs/decisions/'.length)})`;
  });
  return [
    '# Decisions',
    'A page for each. They are superseded, not edited.',
    lines.join('\n'),
  ].join('\n\n');
}
