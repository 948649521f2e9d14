/**
 * What an export is on disk: `manifest.json` and parts, gzipped files of JSON lines. A part has pages of streams and, after
 * the last page of each, a line that closes the stream with its counts and its digest. The pages of a stream may be in several
 * parts; where it was read several times, the last reading counts.
 */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { keptPage, type TransferPage } from '../../core/protocol/stream-transfer.ts';

export const EXPORT_FORMAT = 1;

const count = z.int().min(0);

const streamId = z.strictObject({ tenant: z.string(), stream: z.string() });

export type StreamId = z.output<typeof streamId>;

/** The counts and the digest of a stream whose pages are all in the part. */
const closedStream = streamId.extend({
  /** Where its tenant lives. */
  database: z.string(),
  version: count,
  eventId: z.string(),
  commands: count,
  timers: count,
  actions: count.default(0),
  subjectKeys: count,
  digest: z.string(),
});

export type ClosedStream = z.output<typeof closedStream>;

/** Of one reading of a stream: how many parts there were when it began. A stream is read again after they were kept. */
const reading = count;

export const exportLine = z.union([
  z.strictObject({ reading, page: keptPage }),
  z.strictObject({ reading, closed: closedStream }),
]);

export type ExportLine = z.output<typeof exportLine>;

/** `all`: sagas first, then the other streams. `newer`: streams that have changed since they were exported. */
const partKind = z.enum(['all', 'newer']);

const exportPart = z.strictObject({
  file: z.string().regex(/^part-\d{6}\.ndjson\.gz$/),
  kind: partKind,
  bytes: count,
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  streams: count,
});

export type ExportPart = z.output<typeof exportPart>;

/** Where an export that was interrupted goes on. */
const exportPlace = z.discriminatedUnion('step', [
  z.strictObject({ step: z.enum(['sagas', 'others']), database: z.string(), after: streamId }),
  z.strictObject({ step: z.literal('newer') }),
]);

export type ExportPlace = z.output<typeof exportPlace>;

export const exportManifest = z.strictObject({
  ledge: z.literal('export'),
  format: z.int(),
  url: z.string(),
  begunAt: z.string(),
  /** Null while it is not whole. */
  finishedAt: z.string().nullable(),
  /** Each with its epoch, and the position up to which the streams of its journal are in the export. */
  databases: z.array(z.strictObject({ name: z.string(), epoch: count, position: count })).min(1),
  sagas: z.array(z.string()),
  place: exportPlace,
  parts: z.array(exportPart),
  /** Each stream once, as it was read back from the parts; null while the export is not whole. */
  totals: z
    .strictObject({
      streams: count,
      events: count,
      commands: count,
      timers: count,
      actions: count.default(0),
      subjectKeys: count,
    })
    .nullable(),
  /** Streams that had changed again when it ended: they are as they were when they were read. */
  changing: count,
});

export type ExportManifest = z.output<typeof exportManifest>;

export function keyOf({ tenant, stream }: StreamId): string {
  return `${tenant}/${stream}`;
}

/** What tells exports apart, and a folder before and after it was brought up to date. */
export function partsDigest({ parts }: ExportManifest): string {
  return sha256(parts.map((part) => part.sha256).join());
}

/** The digest of a stream, event by event: each is hashed with the digest of those before it. */
export class StreamDigest {
  #digest = '';

  add(events: TransferPage['events']): this {
    for (const event of events) {
      this.#digest = sha256(`${this.#digest}\n${canonical(event)}`);
    }
    return this;
  }

  /** Empty for a stream without events. */
  get text(): string {
    return this.#digest;
  }
}

/** The members in one order: two servers may answer them in another. */
function canonical(event: TransferPage['events'][number]): string {
  const { version, id, type, schemaVersion, data, recordedAt, occurredAt, metadata } = event;
  const ordered = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([
    ...[version, id, type, schemaVersion, data, recordedAt, occurredAt, ordered],
  ]);
}

export function sha256(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
