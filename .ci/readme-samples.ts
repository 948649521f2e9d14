// Keeps the prose true: every `ts` sample of README.md and docs/*.md is cut from a tested file, and every relative
// link of the README, CONTRIBUTING and docs/ leads somewhere.
// A sample follows `<!-- from: path/to/file.ts#region -->`; its text is what that file holds
// between `// #region region` and `// #endregion`.

import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const README = 'README.md';
const SAMPLE =
  /(?:<!-- from: (?<path>[^\s#]+)#(?<region>[\w-]+) -->\s*?\n)?```(?:ts|tsx|typescript)\b[^\n]*\n(?<text>[\s\S]*?)```/g;
const LINK = /\]\((?<target>[^)\s]+)(?:\s+"[^"]*")?\)/g;
const CODE = /```[\s\S]*?```|`[^`\n]*`/g;
const ELSEWHERE = /^([a-z][a-z+.-]*:|#)/i;

const problems = existsSync(README)
  ? [
      ...globSync([README, 'docs/*.md']).flatMap(sampleProblems),
      ...globSync([README, 'CONTRIBUTING.md', 'docs/**/*.md']).flatMap(brokenLinks),
    ]
  : [`${README} is missing.`];
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;

function sampleProblems(file: string): string[] {
  const prose = readFileSync(file, 'utf8');
  return [...prose.matchAll(SAMPLE)].flatMap(({ groups = {}, index }) => {
    const place = `${file}:${prose.slice(0, index).split('\n').length}`;
    const { path, region, text = '' } = groups;
    if (path === undefined || region === undefined) {
      return [`${place}: a ts sample needs <!-- from: path/to/file.ts#region --> above it.`];
    }
    const problem = sampleProblem(path, region, text);
    return problem === undefined ? [] : [`${place}: ${problem}`];
  });
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
    .filter((target) => !ELSEWHERE.test(target) && !existsSync(resolveLink(file, target)))
    .map((target) => `${file}: the link to ${target} leads nowhere.`);
}

/** As a code host reads it: from the file's folder, or from the repository's root after a slash. */
function resolveLink(file: string, target: string): string {
  const path = decodeURIComponent(target.replace(/[#?].*$/, ''));
  return path.startsWith('/') ? path.slice(1) : join(dirname(file), path);
}
