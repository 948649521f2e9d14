/** The file that holds the administrator's key: read by its owner alone, and never written over. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { NoAnswer } from '../operations/server.ts';

const OWNER_ONLY = 0o600;

export function writeKeyFile(file: string, key: string): void {
  mkdirSync(dirname(file), { recursive: true });
  try {
    writeFileSync(file, `${key}\n`, { mode: OWNER_ONLY, flag: 'wx' });
  } catch (error) {
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    if (!exists) throw error;
    throw new NoAnswer(
      `${file} exists, and may hold a key that is in use. Nothing was changed. Move it away, or name another file with --key-file.`,
      false,
    );
  }
}

/** Of a key that came into use nowhere. */
export function removeKeyFile(file: string): void {
  rmSync(file, { force: true });
}
