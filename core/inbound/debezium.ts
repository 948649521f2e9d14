/** `debezium`: the changes of another system's tables, as Debezium captures them, as messages of an inbound. */

import * as z from 'zod';
import type { Reaction } from '../process/reactor.ts';
import { canonicalJson, type Json } from '../values/json.ts';
import { ownValue } from '../values/own-value.ts';
import { sha256 } from '../values/sha-256.ts';
import { type IgnoredMessage, ignore } from './inbound.ts';

/** Its values have the form that the connector and its converter give them. */
export type CapturedRow = Readonly<Record<string, Json>>;

/** One change of one row. */
export interface CapturedChange {
  /** `read`: the row is there, as a snapshot has found it. */
  readonly op: 'create' | 'update' | 'delete' | 'read';
  /** With its schema, `inventory.products`; in MySQL with its database. */
  readonly table: string;
  readonly before: CapturedRow | null;
  readonly after: CapturedRow | null;
  /** Its place in the log of the source. Of two changes of one row the later one has the greater text. */
  readonly position: string;
}

type ChangeHandler = (change: CapturedChange) => Reaction | readonly Reaction[] | IgnoredMessage;

/** What `defineInbound` takes for messages of Debezium. */
export interface DebeziumMessages {
  readonly input: typeof anyMessage;
  readonly key: (message: DebeziumMessage) => string;
  readonly on: (message: DebeziumMessage) => Reaction | readonly Reaction[] | IgnoredMessage;
}

/**
 * The parts of an inbound for changes that Debezium captures: with or without the wrapper of schema and payload, or in a
 * CloudEvent; a tombstone is ignored. A change that comes again is the same message, by its table, its position, its
 * operation and its row. One that comes late, behind a later change of the same row, is for the aggregate to ignore: its
 * command carries `position`, and `decide` compares it by `isLater` with the one in its state.
 *
 * @example defineInbound({
 *   ...{ name: 'legacy', verify: credential() },
 *   ...debezium({
 *     'inventory.products': ({ after, position }) =>
 *       after ? command(product, String(after.id), 'TakeOver', { name: String(after.name), position }) : ignore('kept'),
 *   }),
 * })
 */
export function debezium(tables: Readonly<Record<string, ChangeHandler>>): DebeziumMessages {
  return {
    input: anyMessage,
    key: (message) => {
      const envelope = envelopeOf(message);
      if (!envelope) return 'tombstone';
      const { op, before, after } = envelope;
      const row = sha256(canonicalJson(after ?? before ?? null));
      return `${tableOf(envelope)}@${positionOf(envelope)}/${op}/${row}`;
    },
    on: (message) => {
      const envelope = envelopeOf(message);
      if (!envelope) return ignore('a tombstone');
      const table = tableOf(envelope);
      const handle = ownValue(tables, table);
      if (!handle) return ignore(`nothing follows from changes of ${table}`);
      const op = ownValue(OPERATIONS, envelope.op);
      if (!op) return ignore(`the operation ${envelope.op} is no change of a row`);
      const { before = null, after = null } = envelope;
      return handle({ op, table, before, after, position: positionOf(envelope) });
    },
  };
}

/**
 * Whether a change comes behind the last one that is known of its row; undefined: none is known.
 *
 * @example isLater(data.position, state.position) ? accept({ type: 'RowCaptured', data }) : accept()
 */
export function isLater(position: string, last: string | undefined): boolean {
  return last === undefined || position > last;
}

const OPERATIONS: Readonly<Record<string, CapturedChange['op']>> = {
  c: 'create',
  u: 'update',
  d: 'delete',
  r: 'read',
};

const row = z.record(z.string(), z.json()).nullish();

const envelope = z.looseObject({
  op: z.string(),
  before: row,
  after: row,
  source: z.looseObject({
    schema: z.string().nullish(),
    db: z.string().nullish(),
    table: z.string().nullish(),
    lsn: z.int().min(0).nullish(),
    file: z.string().nullish(),
    pos: z.int().min(0).nullish(),
    row: z.int().min(0).nullish(),
  }),
});

type Envelope = z.output<typeof envelope>;

/** Both are null for a tombstone, which follows a deletion so that Kafka forgets the row. */
const value = z.union([
  z.null(),
  envelope,
  z.looseObject({ schema: z.unknown(), payload: envelope.nullable() }),
]);

const anyMessage = z.union([value, z.looseObject({ specversion: z.string(), data: value })]);

type DebeziumMessage = z.output<typeof anyMessage>;

/** Undefined for a tombstone. */
function envelopeOf(message: DebeziumMessage): Envelope | undefined {
  const parts: unknown[] = [message];
  // In a CloudEvent, which may have the wrapper, which may have nothing.
  for (let part = parts.pop(); part; part = parts.pop()) {
    const found = envelope.safeParse(part);
    if (found.success) return found.data;
    const { data, payload }: { data?: unknown; payload?: unknown } = part;
    parts.push(data ?? payload);
  }
  return undefined;
}

function tableOf({ source: { schema, db, table } }: Envelope): string {
  return [schema ?? db, table].filter((part) => part != null && part !== '').join('.');
}

/** A whole number of JSON has sixteen digits at most. */
const DIGITS = 16;

/**
 * PostgreSQL's place in the write-ahead log, or MySQL's in its binary logs: the number of the file, the place of the event
 * in it, and the row in the event. A time is no such place: two changes of a row may have the same.
 *
 * @throws TypeError for a source that has neither
 */
function positionOf({ source: { lsn, file, pos, row: index } }: Envelope): string {
  if (lsn != null) return padded(lsn);
  const [, number] = /\.(\d{1,16})$/.exec(file ?? '') ?? [];
  if (number !== undefined && pos != null) {
    return [Number(number), pos, index ?? 0].map(padded).join('/');
  }
  throw new TypeError('The source has no position: neither lsn, nor file with pos.');
}

function padded(number: number): string {
  return String(number).padStart(DIGITS, '0');
}
