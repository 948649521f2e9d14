/** A page as HTML: its Markdown with links between pages, in the frame that all pages have. Loads nothing from elsewhere. */
import { existsSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import MarkdownIt, { type Token } from 'markdown-it';
import { anchorOf, freeAnchor } from '../../.ci/anchor.ts';
import type { Page } from './site-pages.ts';

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'";

export interface Section {
  readonly id: string;
  readonly title: string;
  readonly text: string;
}

export interface RenderedPage {
  readonly html: string;
  readonly title: string;
  readonly sections: readonly Section[];
}

/** `index` is the page whose lists are the navigation; `paths` has the places of all pages by their sources. */
export function renderPage(
  page: Page,
  index: Page,
  paths: ReadonlyMap<string, string>,
): RenderedPage {
  const markdown = new MarkdownIt({ html: false, linkify: false });
  const tokens = markdown.parse(withoutComments(page.markdown), {});
  const sections = withAnchors(tokens);
  withLinks(tokens, page, page, paths);
  withTables(tokens);
  const body = scrollable(markdown.renderer.render(tokens, markdown.options, {}));
  const title = sections[0]?.title ?? page.path;
  const navigation = renderNavigation(page, index, paths);
  return { html: frame({ page, title, body, navigation }), title, sections };
}

function withoutComments(text: string): string {
  return text.replaceAll(/^<!--[\s\S]*?-->\n?/gm, '');
}

/**
 * The alignment of a column would be a style in the page, which its policy forbids. What scrolls sideways is reached by the
 * keyboard, and an empty head of a column is no head.
 */
function withTables(tokens: readonly Token[]): void {
  tokens.forEach((token, position) => {
    if (token.attrGet('style') !== null) token.attrs = [['class', 'aligned']];
    if (token.type === 'table_open') token.attrSet('tabindex', '0');
    const close = tokens[position + 2];
    if (token.type !== 'th_open' || tokens[position + 1]?.content !== '' || !close) return;
    token.tag = 'td';
    close.tag = 'td';
  });
}

function scrollable(html: string): string {
  return html.replaceAll('<pre>', '<pre tabindex="0">');
}

/** Gives each heading its anchor, and collects the text below each. */
function withAnchors(tokens: readonly Token[]): Section[] {
  const taken = new Set<string>();
  const sections: { id: string; title: string; text: string }[] = [];
  tokens.forEach((token, position) => {
    const { content = '', children } = tokens[position + 1] ?? {};
    if (token.type === 'heading_open') {
      const title = children?.map((child) => child.content).join('') ?? content;
      const id = freeAnchor(anchorOf(title), taken);
      taken.add(id);
      token.attrSet('id', id);
      sections.push({ id, title, text: '' });
    } else if (token.type === 'inline' && tokens[position - 1]?.type !== 'heading_open') {
      const section = sections.at(-1);
      if (section)
        section.text += ` ${token.children?.map((child) => child.content).join('') ?? ''}`;
    }
  });
  return sections;
}

/** Links of the file become links of the site. What the site lacks, a file of the source, stays as its text. */
function withLinks(
  tokens: readonly Token[],
  from: Page,
  shownOn: Page,
  paths: ReadonlyMap<string, string>,
): void {
  for (const { children } of tokens) {
    const open: Token[] = [];
    for (const token of children ?? []) {
      if (token.type === 'image')
        token.attrSet('src', String(token.attrGet('src')).replace(/^(\.\.\/)?docs\//, ''));
      if (token.type === 'link_open') {
        open.push(token);
        const href = siteLink(String(token.attrGet('href')), from, shownOn, paths);
        if (href === undefined) token.tag = 'span';
        if (href === undefined) token.attrs = [];
        else token.attrSet('href', href);
      }
      if (token.type === 'link_close') token.tag = open.pop()?.tag ?? 'a';
    }
  }
}

function siteLink(
  href: string,
  from: Page,
  shownOn: Page,
  paths: ReadonlyMap<string, string>,
): string | undefined {
  if (/^(https?:|#)/.test(href)) return href;
  const [file = '', anchor] = href.split('#');
  const source = normalize(join(dirname(from.source), file)).replace(/\/$/, '');
  const path = paths.get(source) ?? paths.get(`${source}/README.md`);
  if (path === undefined && existsSync(source)) return undefined;
  if (path === undefined) throw new Error(`${from.source}: the link to ${href} leads nowhere.`);
  return linkTo(path, shownOn) + (anchor === undefined ? '' : `#${anchor}`);
}

function linkTo(path: string, { path: from }: Page): string {
  return relative(dirname(from), path) || path;
}

function renderNavigation(page: Page, index: Page, paths: ReadonlyMap<string, string>): string {
  const markdown = new MarkdownIt({ html: false });
  const lists = index.markdown
    .split('\n')
    .filter((line) => /^(## |- )/.test(line))
    .map((line) => line.replace(/^(- \[[^\]]+\]\([^)]+\)).*$/, '$1').replace(/^## (.*)$/, '\n$1\n'))
    .join('\n');
  const tokens = markdown.parse(lists, {});
  withLinks(tokens, index, page, paths);
  for (const { children } of tokens) {
    for (const token of children ?? []) {
      const isCurrent = token.attrGet('href') === linkTo(page.path, page);
      if (token.type === 'link_open' && isCurrent) token.attrSet('aria-current', 'page');
    }
  }
  return markdown.renderer.render(tokens, markdown.options, {});
}

interface Frame {
  readonly page: Page;
  readonly title: string;
  readonly body: string;
  readonly navigation: string;
}

function frame({ page, title, body, navigation }: Frame): string {
  const at = (path: string) => linkTo(path, page);
  const name = title === 'Ledge' ? title : `${title} · Ledge`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="content-security-policy" content="${POLICY}">
<title>${escaped(name)}</title>
<link rel="stylesheet" href="${at('site.css')}">
<script src="${at('minisearch.js')}" defer></script>
<script src="${at('search.js')}" data-root="${at('index.html').replace(/index\.html$/, '')}" defer></script>
</head>
<body>
<a class="skip" href="#content">Skip to the text</a>
<header>
<a class="home" href="${at('index.html')}">Ledge</a>
<a href="${at('documentation.html')}">All pages</a>
<div class="search" role="search"><label>Search <input type="search" autocomplete="off" aria-controls="found"></label><ul id="found" aria-label="Found" hidden></ul></div>
</header>
<div class="columns">
<nav aria-label="Pages"><details open><summary>Pages</summary>${navigation}</details></nav>
<main id="content" tabindex="-1">
${body}</main>
</div>
</body>
</html>
`;
}

export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
