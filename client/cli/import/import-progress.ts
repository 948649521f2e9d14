/**
 * The progress file beside the input: which input, bound for which server, and up to where it is answered.
 * Written at most once a second, so an import that dies sends at most that second and its flight again.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { jsonText } from './json-text.ts';
import { BEGINNING, type Place } from './read-commands.ts';
import { NOTHING, type Tally, tallySchema } from './tally.ts';

export interface ImportInput {
  readonly file: string;
  readonly url: string;
  readonly bytes: number;
  /** SHA-256 of the token and the whole file: the token, because it decides into which tenant the lines go. */
  readonly fingerprint: string;
}

export interface Progress {
  readonly place: Place;
  /** Of the lines before the place. */
  readonly tally: Tally;
}

const AT_THE_BEGINNING: Progress = { place: BEGINNING, tally: NOTHING };

const progressFile = jsonText.pipe(
  z.strictObject({
    url: z.string(),
    bytes: z.int(),
    fingerprint: z.string(),
    place: z.strictObject({ line: z.int().min(0), offset: z.int().min(0) }),
    tally: tallySchema,
  }),
);

export async function identifyInput(
  file: string,
  url: string,
  token: string | undefined,
  stop: AbortSignal,
): Promise<ImportInput> {
  const stats = await stat(file);
  if (!stats.isFile()) throw new Error(`${file} is no regular file: an import must be able to resume.`);
  const hash = createHash('sha256').update(JSON.stringify(token ?? null));
  for await (const chunk of createReadStream(file, { signal: stop })) hash.update(chunk);
  return { file, url, bytes: stats.size, fingerprint: hash.digest('hex') };
}

/** The beginning, unless the progress file speaks of this very input and server. */
export async function loadProgress(input: ImportInput): Promise<Progress> {
  const text = await readFile(progressPath(input), 'utf8').catch(() => '');
  const { data: saved } = progressFile.safeParse(text);
  const isSame =
    saved?.url === input.url &&
    saved.bytes === input.bytes &&
    saved.fingerprint === input.fingerprint;
  return isSame ? { place: saved.place, tally: saved.tally } : AT_THE_BEGINNING;
}

/** Through a second file: one that is half written is never found under its name. */
export async function saveProgress(input: ImportInput, progress: Progress): Promise<void> {
  const { url, bytes, fingerprint } = input;
  const text = JSON.stringify({ url, bytes, fingerprint, ...progress });
  const unfinished = `${input.file}.new.import-progress.json`;
  await writeFile(unfinished, `${text}\n`);
  await rename(unfinished, progressPath(input));
}

export async function removeProgress(input: ImportInput): Promise<void> {
  await rm(progressPath(input), { force: true });
}

function progressPath({ file }: ImportInput): string {
  return `${file}.import-progress.json`;
}
