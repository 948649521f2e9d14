/**
 * The register of forgettings: JSON lines, with one that says what it is before them and one that closes it with its digest.
 * A file without that end is torn. It is kept elsewhere than the exports, and a restore applies it.
 */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import * as z from 'zod';
import {
  type ListedForgetting,
  listedForgetting,
} from '../../core/operator-shapes/all-subjects.ts';
import { NoAnswer } from '../operations/server.ts';
import { writeWhole } from './whole-file.ts';

const FORMAT = 1;

const head = z.strictObject({
  ledge: z.literal('forgotten'),
  format: z.int(),
  /** Of the deployment. */
  url: z.string(),
  at: z.string(),
});

const end = z.strictObject({ subjects: z.int().min(0), sha256: z.string() });

export interface ForgottenRegister {
  readonly at: string;
  readonly subjects: number;
  /** Read from the file each time. */
  readonly all: () => AsyncGenerator<ListedForgetting>;
}

/** Returns how many it has. */
export function writeRegister(
  path: string,
  url: string,
  subjects: AsyncIterable<ListedForgetting>,
): Promise<number> {
  return writeWhole(path, async (append) => {
    const digest = createHash('sha256');
    const add = (line: object) => {
      const text = `${JSON.stringify(line)}\n`;
      digest.update(text);
      return append(text);
    };
    await add({ ledge: 'forgotten', format: FORMAT, url, at: new Date().toISOString() });
    let count = 0;
    for await (const one of subjects) {
      await add(one);
      count++;
    }
    await append(`${JSON.stringify({ subjects: count, sha256: digest.digest('hex') })}\n`);
    return count;
  });
}

/** Reads all of it. @throws NoAnswer where it is torn, altered, of another deployment or something else */
export async function openRegister(path: string, url: string): Promise<ForgottenRegister> {
  const refused = (what: string) => new NoAnswer(`${path}: ${what} Nothing was stored.`, false);
  const digest = createHash('sha256');
  let begun: z.output<typeof head> | undefined;
  let last: string | undefined;
  let subjects = -1;
  for await (const line of linesOf(path)) {
    if (last !== undefined) digest.update(`${last}\n`);
    begun ??= headOf(line) ?? notRegister(refused);
    last = line;
    subjects++;
  }
  if (!begun) return notRegister(refused);
  if (begun.format !== FORMAT) throw refused(`It has format ${begun.format}.`);
  if (begun.url !== url) throw refused(`It is of ${begun.url}, and the export of ${url}.`);
  const closed = end.safeParse(jsonOf(last ?? '')).data;
  // Neither the first line nor the last is a subject.
  if (closed?.sha256 !== digest.digest('hex') || closed.subjects !== subjects - 1) {
    throw refused('It is torn or altered: its last line does not close what is before it.');
  }
  return { at: begun.at, subjects: closed.subjects, all: () => subjectsIn(path, refused) };
}

async function* subjectsIn(
  path: string,
  refused: (what: string) => NoAnswer,
): AsyncGenerator<ListedForgetting> {
  let isFirst = true;
  for await (const line of linesOf(path)) {
    const value = jsonOf(line);
    if (!isFirst && !end.safeParse(value).success) {
      const { data } = listedForgetting.safeParse(value);
      if (!data) throw refused('It has a line that is no subject.');
      yield data;
    }
    isFirst = false;
  }
}

function notRegister(refused: (what: string) => NoAnswer): never {
  throw refused('It is no register of forgettings.');
}

async function* linesOf(path: string): AsyncGenerator<string> {
  const input = createReadStream(path, 'utf8');
  yield* createInterface({ input, crlfDelay: Infinity });
}

function headOf(line: string): z.output<typeof head> | undefined {
  return head.safeParse(jsonOf(line)).data;
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
