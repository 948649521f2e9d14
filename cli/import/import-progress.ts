/**
 * The progress file beside the input: which input, bound for which server, and up to where it is answered.
 * Written at most once a second, so an import that dies sends at most that second and its flight again.
 */
import { createHash } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import * as z from 'zod';
import { refuseForeignEncoding } from './foreign-encoding.ts';
import { AT_THE_BEGINNING, type ImportProgress } from './import-input.ts';
import type { ImportSettings } from './import-settings.ts';
import { jsonText } from './json-text.ts';
import { tallySchema } from './tally.ts';

export interface InputFile {
  readonly file: string;
  readonly url: string;
  readonly bytes: number;
  /** SHA-256 of the whole file, and of the token and the named tenant, which decide into which tenant the lines go. */
  readonly fingerprint: string;
}

const progressFile = jsonText.pipe(
  z.strictObject({
    url: z.string(),
    bytes: z.int(),
    fingerprint: z.string(),
    place: z.strictObject({ line: z.int().min(0), offset: z.int().min(0) }),
    tally: tallySchema,
  }),
);

/** Which file, and where its lines go. */
export interface InputSettings extends Pick<ImportSettings, 'url' | 'token' | 'inTenant'> {
  readonly file: string;
}

export async function identifyInput(
  { file, url, token, inTenant }: InputSettings,
  stop: AbortSignal,
): Promise<InputFile> {
  const stats = statSync(file);
  if (!stats.isFile())
    throw new Error(`${file} is no regular file: an import must be able to resume.`);
  const hash = createHash('sha256').update(JSON.stringify([token, inTenant]));
  let isFirst = true;
  for await (const chunk of createReadStream(file, { signal: stop })) {
    if (isFirst) refuseForeignEncoding(file, chunk);
    isFirst = false;
    hash.update(chunk);
  }
  return { file, url, bytes: stats.size, fingerprint: hash.digest('hex') };
}

/** The beginning, unless the progress file speaks of this very input and server. */
export function loadProgress(input: InputFile): ImportProgress {
  const path = progressPath(input);
  const { data: saved } = progressFile.safeParse(
    existsSync(path) ? readFileSync(path, 'utf8') : '',
  );
  const isSame =
    saved?.url === input.url &&
    saved.bytes === input.bytes &&
    saved.fingerprint === input.fingerprint;
  return isSame ? { place: saved.place, tally: saved.tally } : AT_THE_BEGINNING;
}

/** Through a second file: one that is half written is never found under its name. */
export function saveProgress(input: InputFile, progress: ImportProgress): void {
  const { url, bytes, fingerprint } = input;
  const text = JSON.stringify({ url, bytes, fingerprint, ...progress });
  const unfinished = `${input.file}.new.import-progress.json`;
  writeFileSync(unfinished, `${text}\n`);
  renameSync(unfinished, progressPath(input));
}

export function removeProgress(input: InputFile): void {
  rmSync(progressPath(input), { force: true });
}

function progressPath({ file }: InputFile): string {
  return `${file}.import-progress.json`;
}
