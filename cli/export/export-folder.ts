/**
 * The folder of an export. A part that is not in the manifest does not count: the manifest is replaced in one step, after
 * the parts that it names were written.
 */
import { appendFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { TransferPage } from '../../core/protocol/stream-transfer.ts';
import { NoAnswer } from '../operations/server.ts';
import {
  type ClosedStream,
  EXPORT_FORMAT,
  type ExportLine,
  type ExportManifest,
  type ExportPart,
  exportLine,
  exportManifest,
  keyOf,
  sha256,
} from './export-format.ts';

export const MANIFEST = 'manifest.json';

export class ExportFolder {
  readonly #path: string;
  /** As it is called in what is wrong with it. */
  readonly #name: string;

  constructor(path: string, name = path) {
    this.#path = path;
    this.#name = name;
  }

  /** Undefined where there is none. @throws NoAnswer with what is wrong with it */
  async manifest(): Promise<ExportManifest | undefined> {
    const text = await readFile(join(this.#path, MANIFEST), 'utf8').catch(ifMissing);
    return text === undefined ? undefined : this.#parsed(text);
  }

  async keep(manifest: ExportManifest): Promise<void> {
    await mkdir(this.#path, { recursive: true });
    const path = join(this.#path, MANIFEST);
    await writeFile(`${path}.new`, `${JSON.stringify(manifest, undefined, 2)}\n`, { flush: true });
    await rename(`${path}.new`, path);
  }

  /** `number` is its place among the parts. */
  async write(
    number: number,
    kind: ExportPart['kind'],
    lines: readonly ExportLine[],
  ): Promise<ExportPart> {
    const file = `part-${String(number).padStart(6, '0')}.ndjson.gz`;
    const bytes = gzipSync(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    await mkdir(this.#path, { recursive: true });
    await writeFile(join(this.#path, file), bytes, { flush: true });
    const streams = lines.filter((line) => 'closed' in line).length;
    return { file, kind, bytes: bytes.byteLength, sha256: sha256(bytes), streams };
  }

  /** @throws NoAnswer where the part is missing, torn or altered */
  async read({ file, sha256: digest }: ExportPart): Promise<ExportLine[]> {
    const bytes = await readFile(join(this.#path, file)).catch(ifMissing);
    if (!bytes) throw this.#damaged(`${file} is missing.`);
    if (sha256(bytes) !== digest) throw this.#damaged(`${file} is not the file that was exported.`);
    const lines = gunzipSync(bytes).toString('utf8').split('\n').slice(0, -1);
    return lines.map((line) => {
      const { data } = exportLine.safeParse(JSON.parse(line));
      if (!data) throw this.#damaged(`${file} has a line that is not one of an export.`);
      return data;
    });
  }

  /**
   * The streams of the export, part by part, each as it was read last. Reads every part; what is in memory is a part, and
   * the names of streams that were read several times.
   */
  async *newestStreams({ parts }: ExportManifest): AsyncGenerator<NewestStreams> {
    const repeated = new Map<string, number>();
    for (const part of parts.filter(({ kind }) => kind === 'newer')) {
      for (const line of await this.read(part)) {
        if ('closed' in line) repeated.set(keyOf(line.closed), line.reading);
      }
    }
    for (const part of parts) {
      const lines = await this.read(part);
      const newest = lines.filter((line) => {
        const key = keyOf('page' in line ? line.page : line.closed);
        return (repeated.get(key) ?? line.reading) === line.reading;
      });
      yield {
        pages: newest.flatMap((line) => ('page' in line ? [line.page] : [])),
        closed: newest.flatMap((line) => ('closed' in line ? [line.closed] : [])),
      };
    }
  }

  /** Whether a restore into this deployment was begun. */
  async isRestoredTo(url: string): Promise<boolean> {
    const text = await readFile(this.#restores, 'utf8').catch(ifMissing);
    return text?.split('\n').includes(url) ?? false;
  }

  async noteRestore(url: string): Promise<void> {
    await appendFile(this.#restores, `${url}\n`, { flush: true });
  }

  get #restores(): string {
    return join(this.#path, 'restored-to.txt');
  }

  #parsed(text: string): ExportManifest {
    const { ledge, format } = headOf(text);
    if (ledge !== 'export') throw this.#damaged(`${MANIFEST} is not one of an export.`);
    if (format !== EXPORT_FORMAT) {
      const known = `This version reads format ${EXPORT_FORMAT}.`;
      throw this.#damaged(`The export has format ${format}. ${known}`);
    }
    const { data } = exportManifest.safeParse(JSON.parse(text));
    if (!data) throw this.#damaged(`${MANIFEST} is damaged.`);
    return data;
  }

  #damaged(what: string): NoAnswer {
    return new NoAnswer(`${this.#name}: ${what} Nothing was done with it.`, false);
  }
}

/** What a part has of streams, as they were read last. */
export interface NewestStreams {
  readonly pages: readonly TransferPage[];
  readonly closed: readonly ClosedStream[];
}

/** Of whatever JSON it is. */
function headOf(text: string): { readonly ledge?: unknown; readonly format?: unknown } {
  try {
    const head: unknown = JSON.parse(text);
    return typeof head === 'object' && head !== null ? head : {};
  } catch {
    return {};
  }
}

function ifMissing(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
  throw error;
}
