/** No text may make a regular expression slow: each one that we run, or publish for others to run, is analysed. */
import { globSync, readFileSync } from 'node:fs';
import { checkSync } from 'recheck';
import ts from 'typescript';
import { expect, test, vi } from 'vitest';
import * as z from 'zod';
import { openapiDocument } from '../../worker/api/openapi/document.ts';
import { app } from '../shop/app.ts';

// The other backends start a process, or a thread, for each.
vi.stubEnv('RECHECK_SYNC_BACKEND', 'pure');

/** Of one analysis. The longest takes six seconds on a machine that does nothing else. */
const TIMEOUT_MS = 60_000;

vi.setConfig({ testTimeout: 300_000 });
const SOURCES = '{core,domain,durable-objects,worker,client}/**/*.{ts,tsx}';

/** How bad it can get; undefined when a longer text costs no more than its length. */
function danger({ source, flags }: Pick<RegExp, 'source' | 'flags'>): string | undefined {
  const verdict = checkSync(source, flags, { timeout: TIMEOUT_MS });
  if (verdict.status === 'safe') return undefined;
  return verdict.status === 'vulnerable' ? verdict.complexity.type : 'not known';
}

interface Found {
  readonly place: string;
  readonly source: string;
  readonly flags: string;
}

function sourceFiles(): ts.SourceFile[] {
  return globSync(SOURCES)
    .filter((file) => !file.endsWith('.test.ts'))
    .map((file) => parsed(file, readFileSync(file, 'utf8')));
}

function parsed(file: string, text: string): ts.SourceFile {
  return ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
}

function nodesIn(node: ts.Node): ts.Node[] {
  return [node, ...node.getChildren().flatMap(nodesIn)];
}

function literalsIn(file: ts.SourceFile): Found[] {
  return nodesIn(file)
    .filter(ts.isRegularExpressionLiteral)
    .map(({ text }) => {
      const end = text.lastIndexOf('/');
      const place = `${file.fileName} ${text}`;
      return { place, source: text.slice(1, end), flags: text.slice(end + 1) };
    });
}

/** `RegExp(…)` and `new RegExp(…)`: what such a one is made of cannot be read in the source. */
function constructionsIn(file: ts.SourceFile): string[] {
  return nodesIn(file)
    .filter((node) => ts.isNewExpression(node) || ts.isCallExpression(node))
    .filter(({ expression }) => expression.getText() === 'RegExp')
    .map((node) => `${file.fileName} ${node.getText()}`);
}

function dangersOf(found: readonly Found[]): string[] {
  return found.flatMap(({ place, ...expression }) => {
    const how = danger(expression);
    return how === undefined ? [] : [`${place}: ${how}`];
  });
}

test('H27 every regular expression in the source is safe', () => {
  const files = sourceFiles();
  expect(files.length).toBeGreaterThan(100);
  const literals = files.flatMap(literalsIn);
  expect(literals.length).toBeGreaterThan(20);
  expect(dangersOf(literals)).toEqual([]);
  // The laws of `ledge/testing` make texts of the patterns of an app's own schemas, in its tests.
  const served = files.filter(({ fileName }) => !fileName.startsWith('core/testing/'));
  expect(served.flatMap(constructionsIn)).toEqual([]);
});

test('H27 every pattern in the OpenAPI document is safe', () => {
  const patterns = patternsIn(openapiDocument(app));
  expect(patterns).toContain('^[a-z-]{1,40}$');
  const found = patterns.map((source) => ({ place: `openapi.json ${source}`, source, flags: 'u' }));
  expect(dangersOf(found)).toEqual([]);
});

function patternsIn(part: unknown): string[] {
  if (typeof part !== 'object' || part === null) return [];
  const names = 'patternProperties' in part ? Object.keys(Object(part.patternProperties)) : [];
  const own = 'pattern' in part && typeof part.pattern === 'string' ? [part.pattern] : [];
  return [...names, ...own, ...Object.values(part).flatMap(patternsIn)];
}

test('H27 the one of zod that reads times is safe', () => {
  expect(danger(z.regexes.datetime({ offset: true }))).toBeUndefined();
});

test.each([
  [/^(a|a)*$/, 'exponential'],
  [/^(\w+\s?)*$/, 'exponential'],
  [/0+$/, 'polynomial'],
  [/^\s*a?\s*$/, 'polynomial'],
])('H27 and %s would be found out', (expression, type) => {
  expect(danger(expression)).toBe(type);
});

test('H27 all of them are found, and nothing else', () => {
  const text = `
    const a = /one/gi.test('/two/') ? 6 / 3 / 2 : \`\${'x'.replace(/three\\//, '')}\`;
    z.string().regex(/[/]four/); // not /five/
    new RegExp(a); RegExp('six'); globalThis.RegExp;
  `;
  const file = parsed('planted.ts', text);
  expect(literalsIn(file)).toMatchObject([
    { source: 'one', flags: 'gi' },
    { source: 'three\\/', flags: '' },
    { source: '[/]four', flags: '' },
  ]);
  expect(constructionsIn(file)).toEqual(['planted.ts new RegExp(a)', "planted.ts RegExp('six')"]);
});
