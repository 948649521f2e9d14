/**
 * The file that a restore keeps: what the database knew before, a JSON line each, and which steps are done. It is only
 * appended to, so that a restore that was interrupted can be resumed from it.
 */
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import * as z from 'zod';

const stream = z.strictObject({ tenant: z.string(), stream: z.string(), version: z.number() });

export const databaseState = z.object({
  epoch: z.number(),
  revision: z.number(),
  head: z.number(),
  anchors: z.array(z.object({ position: z.number(), tag: z.string() })),
});

const line = z.discriminatedUnion('line', [
  z.strictObject({
    line: z.literal('restore'),
    format: z.literal(1),
    to: z.string(),
    url: z.string(),
    /** Which of several. */
    database: z.string().exactOptional(),
    state: databaseState,
  }),
  z.strictObject({ line: z.literal('streams'), streams: z.array(stream) }),
  /** Every stream is in the file. */
  z.strictObject({ line: z.literal('listed') }),
  /** The database is at the moment that was asked for. */
  z.strictObject({ line: z.literal('restored') }),
  z.strictObject({ line: z.literal('begun'), epoch: z.number() }),
  /** These are at their objects' heads again. */
  z.strictObject({ line: z.literal('brought'), keys: z.array(z.string()) }),
]);

export type RestoreLine = z.output<typeof line>;
export type RestoredStream = z.output<typeof stream>;

/** The content of the file so far. */
export interface RestoreRecord {
  readonly to: string;
  readonly url: string;
  readonly database?: string;
  readonly state: z.output<typeof databaseState>;
  /** By their keys: each once, however often it was listed. */
  readonly streams: ReadonlyMap<string, RestoredStream>;
  readonly steps: ReadonlySet<RestoreLine['line']>;
  readonly brought: ReadonlySet<string>;
}

export function keyOf({ tenant, stream }: Pick<RestoredStream, 'tenant' | 'stream'>): string {
  return `${tenant}/${stream}`;
}

export class RestoreFile {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** @throws when there is a file: it may be the only list of what a restore took away */
  async create(first: RestoreLine): Promise<void> {
    await writeFile(this.path, text(first), { flag: 'wx', flush: true });
  }

  async append(next: RestoreLine): Promise<void> {
    await appendFile(this.path, text(next), { flush: true });
  }

  /** @throws Error when a line is not of such a file; one that was cut off at the end counts for nothing */
  async read(): Promise<RestoreRecord> {
    const lines = (await readFile(this.path, 'utf8')).split('\n').slice(0, -1);
    const parsed = lines.map((one) => line.parse(JSON.parse(one)));
    const [first] = parsed;
    if (first?.line !== 'restore') throw new Error(`${this.path} is no file of a restore.`);
    const streams = parsed.flatMap((one) => (one.line === 'streams' ? one.streams : []));
    return {
      ...first,
      streams: new Map(streams.map((one) => [keyOf(one), one])),
      steps: new Set(parsed.map((one) => one.line)),
      brought: new Set(parsed.flatMap((one) => (one.line === 'brought' ? one.keys : []))),
    };
  }
}

function text(one: RestoreLine): string {
  return `${JSON.stringify(one)}\n`;
}
