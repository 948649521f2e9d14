/**
 * An export in a bucket of R2: the files of its folder under a prefix. Parts are put first and the manifest last, so that
 * what a manifest of the bucket names is there. By wrangler, with the operator's login: the deployment has no binding to the
 * bucket, so that no request of it reaches an export.
 */
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runWrangler } from '../deploy/run-wrangler.ts';
import { NoAnswer } from '../operations/server.ts';
import { ExportFolder, MANIFEST } from './export-folder.ts';
import { type ExportManifest, type ExportPart, sha256 } from './export-format.ts';

/** Where in R2. */
export interface BucketPlace {
  readonly bucket: string;
  /** Undefined: the bucket is of this export alone. */
  readonly prefix: string | undefined;
  readonly jurisdiction: string | undefined;
}

/** As wrangler says that there is no such object, remote and local. */
const NO_OBJECT = 'The specified key does not exist.';

export class ExportBucket {
  readonly name: string;
  readonly #options: readonly string[];

  constructor({ bucket, prefix, jurisdiction }: BucketPlace) {
    this.name = prefix === undefined ? bucket : `${bucket}/${prefix}`;
    this.#options = [
      '--remote',
      ...(jurisdiction === undefined ? [] : [`--jurisdiction=${jurisdiction}`]),
    ];
  }

  /** Undefined where there is none. @throws NoAnswer with what is wrong with it */
  async manifest(): Promise<ExportManifest | undefined> {
    const folder = await mkdtemp(join(tmpdir(), 'ledge-export-'));
    try {
      const found = await this.#get(MANIFEST, join(folder, MANIFEST));
      return found ? await new ExportFolder(folder, this.name).manifest() : undefined;
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  /** Puts the parts that the bucket lacks, reads each back, and then puts the manifest. @throws NoAnswer */
  async take(folder: string, manifest: ExportManifest): Promise<{ readonly parts: number }> {
    const known = await this.requireBefore(manifest);
    const parts = manifest.parts.slice(known);
    for (const part of parts) {
      await this.#put(part.file, join(folder, part.file));
      await this.#requireWhole(part);
    }
    await this.#put(MANIFEST, join(folder, MANIFEST));
    return { parts: parts.length };
  }

  /**
   * What the bucket has is this export, at this or an earlier time: nothing of another one is written over.
   *
   * @returns the number of its parts
   * @throws NoAnswer where it is not
   */
  async requireBefore(manifest: ExportManifest | undefined): Promise<number> {
    const known = await this.manifest();
    if (!known) return 0;
    if (manifest && isBefore(known, manifest)) return known.parts.length;
    throw new NoAnswer(
      `The bucket ${this.name} has another export than the folder: nothing was put there. Name another prefix, or fetch it into a folder of its own.`,
      false,
    );
  }

  /** Brings the whole export into the folder; what is there already is kept. @throws NoAnswer */
  async fetchInto(folder: string): Promise<void> {
    const manifest = await this.manifest();
    if (!manifest) throw new NoAnswer(`There is no export in the bucket ${this.name}.`, false);
    const own = new ExportFolder(folder);
    const there = await own.manifest();
    if (there && !isBefore(there, manifest)) {
      throw new NoAnswer(
        `${folder} has another export than the bucket ${this.name}: nothing was fetched. Name another folder.`,
        false,
      );
    }
    await mkdir(folder, { recursive: true });
    for (const part of manifest.parts) {
      const path = join(folder, part.file);
      if (await isPart(path, part)) continue;
      // A file that is cut off is never under its name.
      await this.#requireFetched(part, `${path}.new`);
      await rename(`${path}.new`, path);
    }
    await own.keep(manifest);
  }

  async #requireWhole(part: ExportPart): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'ledge-export-'));
    try {
      await this.#requireFetched(part, join(folder, part.file));
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  async #requireFetched(part: ExportPart, path: string): Promise<void> {
    const found = await this.#get(part.file, path);
    if (found && (await isPart(path, part))) return;
    await rm(path, { force: true });
    const what = found ? 'is not the file that was exported' : 'is missing';
    throw new NoAnswer(`${this.name}: ${part.file} ${what}.`, false);
  }

  async #put(file: string, path: string): Promise<void> {
    const { code, text } = await this.#wrangler('put', file, path);
    if (code !== 0) throw failed(text);
  }

  /** @returns whether there is one */
  async #get(file: string, path: string): Promise<boolean> {
    const { code, text } = await this.#wrangler('get', file, path);
    if (code === 0) return true;
    if (text.includes(NO_OBJECT)) return false;
    throw failed(text);
  }

  #wrangler(operation: 'put' | 'get', file: string, path: string) {
    const args = ['r2', 'object', operation, `${this.name}/${file}`, `--file=${path}`];
    return runWrangler([...args, ...this.#options], 'pipe');
  }
}

function failed(text: string): NoAnswer {
  return new NoAnswer(
    `${text}\nThe bucket could not be read or written. Log in with \`npx wrangler login\` or set CLOUDFLARE_API_TOKEN, and run it again: what is done is kept.`,
    false,
  );
}

/** Parts are only ever added. */
function isBefore(earlier: ExportManifest, later: ExportManifest): boolean {
  return (
    earlier.url === later.url &&
    earlier.begunAt === later.begunAt &&
    earlier.parts.every(({ sha256: digest }, index) => later.parts[index]?.sha256 === digest)
  );
}

async function isPart(path: string, { sha256: digest }: ExportPart): Promise<boolean> {
  try {
    return sha256(await readFile(path)) === digest;
  } catch {
    return false;
  }
}
