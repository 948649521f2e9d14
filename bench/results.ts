/** Where raw lines are kept: one file for each day and kind of measurement. */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { workerdVersion } from './measurement.ts';
import { root } from './settings.ts';

/** The platform against ours; others beside ours; a long time; after a SIGKILL; Cloudflare's limits as a model; a long history. */
export type Kind = 'limits' | 'peers' | 'soak' | 'chaos' | 'model' | 'growth';

const folder = join(root, 'bench/results');

/** A run is whole: it takes the place of an earlier one of the day. The first line says what ran it. Answers the file. */
export function writeResults(
  kind: Kind,
  [whole, ...lines]: readonly [object, ...object[]],
): string {
  const by = machine();
  const file = fileOf(kind, by.at);
  writeFileSync(file, textOf([{ ...whole, ...by }, ...lines]));
  return file;
}

/** What a run was made on, and when. */
export function machine() {
  const at = new Date().toISOString();
  return { node: process.version, workerd: workerdVersion, cpus: availableParallelism(), at };
}

/** One more line of a run that goes on for an hour, or of a day with several runs. Answers the file. */
export function appendResult(kind: Kind, line: { readonly at: string }): string {
  const file = fileOf(kind, line.at);
  appendFileSync(file, textOf([line]));
  return file;
}

/** The newest day's lines as they were written; undefined when there are none. */
export function newestResults(kind: Kind): string | undefined {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const newest = names
    .filter((name) => name.endsWith(`-${kind}.jsonl`))
    .sort()
    .at(-1);
  return newest && readFileSync(join(folder, newest), 'utf8');
}

function fileOf(kind: Kind, at: string): string {
  mkdirSync(folder, { recursive: true });
  return join(folder, `${at.slice(0, 10)}-${kind}.jsonl`);
}

const textOf = (lines: readonly object[]) =>
  lines.map((line) => `${JSON.stringify(line)}\n`).join('');
