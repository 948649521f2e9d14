/**
 * `ledge dev --memory`: local state that is gone at the end, in memory where the system has a folder that is. A new stream
 * is a new SQLite file, and making files is what costs time on a disk.
 */
import { mkdtempSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';

const FLAG = '--memory';
const GIB = 1_073_741_824;
/** Of Linux: what `statfs` calls a file system in memory. */
const TMPFS = 0x01021994;

interface Places {
  /** In order of preference. */
  readonly folders: readonly string[];
  /** Where none of them will do. */
  readonly fallback: string;
  /** Containers often have a /dev/shm of 64 MB, in which the state of a thousand streams ends. */
  readonly roomBytesMin: number;
  readonly host: string;
}

const PLACES: Places = {
  folders: ['/dev/shm', tmpdir()],
  fallback: tmpdir(),
  roomBytesMin: GIB,
  host: hostname(),
};

export interface LocalState {
  /** The arguments for wrangler and the migrations. */
  readonly argv: readonly string[];
  /** For the developer: where the state is; undefined when it is kept as ever. */
  readonly notice?: string;
  remove(): void;
}

/** @throws Error when a place is given as well */
export function localState(argv: readonly string[], places = PLACES): LocalState {
  if (!argv.includes(FLAG)) return { argv, remove: () => undefined };
  if (argv.some((arg) => arg.startsWith('--persist-to'))) {
    throw new Error(`${FLAG} keeps nothing and --persist-to keeps all: give one of them.`);
  }
  const { folders, fallback, roomBytesMin, host } = places;
  const inMemory = folders.find((folder) => isInMemory(folder, roomBytesMin));
  const place = inMemory ?? fallback;
  removeAbandoned(place, host);
  const folder = mkdtempSync(join(place, `${prefixOf(host)}${process.pid}-`));
  return {
    argv: [...argv.filter((arg) => arg !== FLAG), `--persist-to=${folder}`],
    notice: noticeOf(folder, inMemory),
    // The runtime's last files can appear while the folder is removed.
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }),
  };
}

function isInMemory(place: string, roomBytesMin: number): boolean {
  try {
    return statfsSync(place).type === TMPFS && freeBytes(place) >= roomBytesMin;
  } catch {
    return false;
  }
}

function noticeOf(folder: string, inMemory: string | undefined): string {
  if (inMemory === undefined) {
    return `No folder in memory has 1 GiB free: the state is in ${folder}, on disk, and gone at the end.`;
  }
  const free = (freeBytes(inMemory) / GIB).toFixed(0);
  return `The state is in memory, in ${folder} with ${free} GiB free, and gone at the end.`;
}

function freeBytes(place: string): number {
  const { bavail, bsize } = statfsSync(place);
  return bavail * bsize;
}

/** Of servers that were killed, and could remove nothing. Other machines' processes, in a shared place, are not judged. */
function removeAbandoned(place: string, host: string): void {
  const prefix = prefixOf(host);
  for (const name of readdirSync(place).filter((one) => one.startsWith(prefix))) {
    if (isRunning(Number.parseInt(name.slice(prefix.length), 10))) continue;
    rmSync(join(place, name), { recursive: true, force: true });
  }
}

function prefixOf(host: string): string {
  return `ledge-dev-${host}-`;
}

/** Also for a process of another user, which may not be asked. */
function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
