/**
 * `npm run bench:page`: keeps the newest lines of each kind in `bench/published/`, and writes the parts of
 * docs/benchmarks.md that follow from them. A part of which nothing was published stays as it is. `--check` writes
 * nothing, and fails when the page says something else than the published lines.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { costSection } from './page/cost-section.ts';
import { growthSection } from './page/growth-section.ts';
import { limitsSection } from './page/limits-section.ts';
import { type ModelLines, modelSection } from './page/model-section.ts';
import { peersSection } from './page/peers-section.ts';
import { recoverySection } from './page/recovery-section.ts';
import { replacePart } from './page/replace-part.ts';
import { soakSection } from './page/soak-section.ts';
import { type Kind, newestResults } from './results.ts';
import { root } from './settings.ts';

const PAGE = join(root, 'docs/benchmarks.md');
const KINDS: readonly Kind[] = ['limits', 'peers', 'chaos', 'soak', 'model', 'growth'];

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
if (!values.check) for (const kind of KINDS) publish(kind);
const before = readFileSync(PAGE, 'utf8');
const after = pageOf(before);
if (!values.check) writeFileSync(PAGE, after);
else if (after !== before) {
  console.error('docs/benchmarks.md is not what was published: npm run bench:page.');
  process.exitCode = 1;
}

function publish(kind: Kind): void {
  const lines = newestResults(kind);
  if (lines !== undefined) writeFileSync(publishedFile(kind), lines);
}

function pageOf(text: string): string {
  const parts = {
    limits: section('limits', limitsSection),
    peers: section('peers', peersSection),
    recovery: section('chaos', recoverySection),
    soak: section('soak', soakSection),
    growth: section('growth', growthSection),
    model: modelSectionOf(),
    cost: costSection(),
  };
  return Object.entries(parts).reduce(
    (page, [name, lines]) => (lines ? replacePart(page, name, lines) : page),
    text,
  );
}

function section<Lines>(
  kind: Kind,
  render: (lines: Lines) => readonly string[],
): readonly string[] | undefined {
  const lines = publishedLines<Lines>(kind);
  return lines && render(lines);
}

/** Beside the newest lines those of the code before, which no run replaces. */
function modelSectionOf(): readonly string[] | undefined {
  const before = publishedLines<ModelLines>('model-before');
  return section<ModelLines>('model', (lines) => modelSection(lines, before));
}

/** The lines are as the run of that kind wrote them. */
function publishedLines<Lines>(name: string): Lines | undefined {
  const file = publishedFile(name);
  if (!existsSync(file)) return undefined;
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  return JSON.parse(`[${lines.join(',')}]`);
}

function publishedFile(name: string): string {
  return join(root, 'bench/published', `${name}.jsonl`);
}
