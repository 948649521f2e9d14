/**
 * A file that is written bit by bit, so that memory holds a part, and has its name once it is whole. The user alone may read
 * it: it is about persons.
 */
import { open, rename, rm } from 'node:fs/promises';

const OWNER_ONLY = 0o600;

export type Append = (text: string) => Promise<void>;

/** What `write` leaves unfinished is deleted. */
export async function writeWhole<Result>(
  path: string,
  write: (append: Append) => Promise<Result>,
): Promise<Result> {
  const partial = `${path}.partial`;
  await rm(partial, { force: true });
  const file = await open(partial, 'wx', OWNER_ONLY);
  try {
    const result = await write((text) => file.appendFile(text));
    await file.sync();
    await rename(partial, path);
    return result;
  } finally {
    await file.close();
    await rm(partial, { force: true });
  }
}
