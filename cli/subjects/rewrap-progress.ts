/** How far a walk over all subjects is, in a file that is replaced in one step; in memory alone where no file is named. */
import { existsSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import * as z from 'zod';
import { NoAnswer } from '../operations/server.ts';

const count = z.int().min(0);
const named = { tenant: z.string(), subject: z.string() };

const progress = z.strictObject({
  ledge: z.literal('rewrap'),
  format: z.literal(1),
  url: z.string(),
  /** Of the secret that wraps; null before the first answer. */
  secret: z.string().nullable(),
  databases: z.array(z.strictObject({ name: z.string(), head: count })),
  /** Null: every subject that was there when it began was looked at. */
  place: z
    .strictObject({ database: z.string(), tenant: z.string(), stream: z.string() })
    .nullable(),
  keys: count,
  forgotten: count,
  /** They are looked at again. */
  left: z.array(z.strictObject({ ...named, because: z.string() })),
});

export type RewrapProgress = z.output<typeof progress>;

/** Undefined where there is none. @throws NoAnswer where it is something else, or of another deployment */
export async function readProgress(
  path: string | undefined,
  url: string,
): Promise<RewrapProgress | undefined> {
  if (path === undefined || !existsSync(path)) return undefined;
  const { data } = progress.safeParse(jsonOf(await readFile(path, 'utf8')));
  if (data?.url === url) return data;
  const what = data ? `is of ${data.url}` : 'has no progress of this command';
  throw new NoAnswer(`${path} ${what}. Nothing was done: name another file.`, false);
}

export async function keepProgress(path: string | undefined, kept: RewrapProgress): Promise<void> {
  if (path === undefined) return;
  await writeFile(`${path}.new`, `${JSON.stringify(kept)}\n`, { flush: true });
  await rename(`${path}.new`, path);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
