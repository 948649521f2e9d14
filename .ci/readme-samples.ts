// Keeps the prose true: every `ts` sample of README.md and docs/ is cut from a tested file, and every relative link of the
// README, CONTRIBUTING, CHANGELOG and docs/ leads to a file, and its anchor to a heading.
// A sample follows `<!-- from: path/to/file.ts#region -->`; its text is what that file holds
// between `// #region region` and `// #endregion`. Without a region it is the whole file, in any language.

import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { anchorOf, freeAnchor } from './anchor.ts';

const README = 'README.md';
const SAMPLE =
  /(?:<!-- from: (?<path>[^\s#]+)#(?<region>[\w-]+) -->\s*?\n)?```(?:ts|tsx|typescript)\b[^\n]*\n(?<text>[\s\S]*?)```/g;
const LINK = /\]\((?<target>[^)\s]+)(?:\s+"[^"]*")?\)/g;
const CODE = /```[\s\S]*?```|`[^`\n]*`/g;
const WHOLE_FILE = /<!-- from: (?<path>[^\s#]+) -->\s*?\n```[a-z]*\n(?<text>[\s\S]*?)```/g;
const ELSEWHERE = /^[a-z][a-z+.-]*:/i;
/** What is not written as a page: a record may name what a later one has moved. */
const RECORDS = 'docs/decisions/';

const problems = existsSync(README)
  ? [
      ...globSync([README, 'docs/**/*.md']).flatMap(sampleProblems),
      ...globSync([README, 'CONTRIBUTING.md', 'CHANGELOG.md', 'docs/**/*.md']).flatMap(brokenLinks),
    ]
  : [`${README} is missing.`];
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;

function sampleProblems(file: string): string[] {
  const prose = readFileSync(file, 'utf8');
  const wholeFiles = [...prose.matchAll(WHOLE_FILE)];
  const isWholeFile = (index: number) =>
    wholeFiles.some((one) => one.index < index && index < one.index + one[0].length);
  const placeAt = (index: number) => `${file}:${prose.slice(0, index).split('\n').length}`;
  const ofWholeFiles = wholeFiles.flatMap(({ groups: { path = '', text = '' } = {}, index }) => {
    if (!existsSync(path)) return [`${placeAt(index)}: ${path} does not exist.`];
    if (readFileSync(path, 'utf8').trim() === text.trim()) return [];
    return [`${placeAt(index)}: the sample differs from ${path}.`];
  });
  const samples = [...prose.matchAll(SAMPLE)].filter(({ index }) => !isWholeFile(index));
  const ofRegions = samples.flatMap(({ groups = {}, index }) => {
    const place = placeAt(index);
    const { path, region, text = '' } = groups;
    if (path === undefined || region === undefined) {
      return [`${place}: a ts sample needs <!-- from: path/to/file.ts#region --> above it.`];
    }
    const problem = sampleProblem(path, region, text);
    return problem === undefined ? [] : [`${place}: ${problem}`];
  });
  return [...ofWholeFiles, ...ofRegions];
}

function sampleProblem(path: string, region: string, text: string): string | undefined {
  if (!existsSync(path)) return `${path} does not exist.`;
  const source = regionOf(readFileSync(path, 'utf8'), region);
  if (source === undefined) return `${path} has no "// #region ${region}" that is closed.`;
  if (source === outdent(text)) return undefined;
  return `the sample differs from ${path}#${region}, which reads:\n${source}`;
}

/** The lines of a region, without the lines that mark this or another region. */
function regionOf(source: string, region: string): string | undefined {
  const lines = source.split('\n');
  const start = lines.findIndex((line) => line.trim() === `// #region ${region}`);
  if (start === -1) return undefined;
  let depth = 1;
  for (let end = start + 1; end < lines.length; end++) {
    const line = lines[end]?.trim() ?? '';
    if (line.startsWith('// #region')) depth++;
    if (line.startsWith('// #endregion') && --depth === 0) {
      return outdent(lines.slice(start + 1, end).join('\n'));
    }
  }
  return undefined;
}

function outdent(text: string): string {
  const lines = text.split('\n').filter((line) => !/^\s*\/\/ #(end)?region\b/.test(line));
  const written = lines.filter((line) => line.trim() !== '');
  const indent = Math.min(...written.map((line) => line.search(/\S/)));
  return lines
    .map((line) => line.slice(indent).trimEnd())
    .join('\n')
    .trim();
}

function brokenLinks(file: string): string[] {
  const prose = readFileSync(file, 'utf8').replaceAll(CODE, '');
  return [...prose.matchAll(LINK)]
    .map(({ groups }) => groups?.target ?? '')
    .filter((target) => !ELSEWHERE.test(target))
    .flatMap((target) => linkProblem(file, target));
}

function linkProblem(file: string, target: string): string[] {
  const path = target.startsWith('#') ? file : resolveLink(file, target);
  if (!existsSync(path)) return [`${file}: the link to ${target} leads nowhere.`];
  const anchor = /#(.+)$/.exec(target)?.[1];
  const isChecked = anchor !== undefined && path.endsWith('.md') && !file.startsWith(RECORDS);
  if (!isChecked || anchorsOf(path).has(decodeURIComponent(anchor))) return [];
  return [`${file}: ${target} leads to no heading of ${path}.`];
}

/** As a code host makes them of the headings. */
function anchorsOf(path: string): Set<string> {
  const lines = readFileSync(path, 'utf8')
    .replaceAll(/```[\s\S]*?```/g, '')
    .split('\n');
  const anchors = new Set<string>();
  for (const line of lines) {
    const heading = /^#{1,6}\s+(.+?)\s*$/.exec(line)?.[1];
    if (heading !== undefined) anchors.add(freeAnchor(anchorOf(heading), anchors));
  }
  return anchors;
}

/** As a code host reads it: from the file's folder, or from the repository's root after a slash. */
function resolveLink(file: string, target: string): string {
  const path = decodeURIComponent(target.replace(/[#?].*$/, ''));
  return path.startsWith('/') ? path.slice(1) : join(dirname(file), path);
}
