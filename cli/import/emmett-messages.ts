/**
 * Rows of Emmett's table `emt_messages` in PostgreSQL as events for an import. Emmett counts the messages of a stream from 1
 * without a gap; what is left out moves the events behind it forward.
 */
import * as z from 'zod';
import { issuesText } from './json-text.ts';
import type { ImportEvent, SourceOf } from './source-input.ts';

/** A row as PostgreSQL's JSON or its driver for Node has it; further columns are ignored. */
export interface EmmettMessage {
  readonly stream_id: string;
  /** The driver gives a bigint as a text. */
  readonly stream_position: number | bigint | string;
  readonly created: string | Date;
  /** `E` for an event. */
  readonly message_kind: string;
  readonly message_id: string;
  readonly message_type: string;
  readonly message_data: unknown;
  readonly message_metadata: unknown;
}

/** How rows of Emmett's tables become events. */
export interface EmmettOptions {
  /** Left out: what is before the first hyphen and what is behind it, as Emmett names the type of a stream. */
  readonly streamOf?: (streamId: string) => Pick<ImportEvent, 'aggregate' | 'aggregateId'>;
  /** Another type, other data, a schema version or an actor; undefined leaves the event out. */
  readonly change?: (event: ImportEvent, message: EmmettMessage) => ImportEvent | undefined;
}

const row = z.object({
  stream_id: z.string(),
  stream_position: z.coerce.number().int().min(1),
  created: z.union([z.string(), z.date().transform((date) => date.toISOString())]),
  message_kind: z.string(),
  message_id: z.string(),
  message_type: z.string(),
  message_data: z.unknown(),
  message_metadata: z.unknown(),
});

const related = z.object({
  causationId: z.string().optional().catch(undefined),
  correlationId: z.string().optional().catch(undefined),
});

/**
 * The events of the rows, which come in the order of their positions within each stream. Archived rows have to be left
 * out before.
 *
 * @throws Error for a row that is none of the table
 * @example await importEvents({ source: emmettEvents(rows), url, token });
 */
export async function* emmettEvents(
  messages: SourceOf<EmmettMessage>,
  { streamOf = streamOfName, change = (event) => event }: EmmettOptions = {},
): AsyncGenerator<ImportEvent> {
  /** How many rows of a stream were left out so far. */
  const omitted = new Map<string, number>();
  let number = 0;
  for await (const message of messages) {
    number += 1;
    const { stream_id, stream_position, message_kind, ...read } = readRow(message, number);
    const before = omitted.get(stream_id) ?? 0;
    const event =
      message_kind === 'E'
        ? change({ ...streamOf(stream_id), ...eventOf(read, stream_position - before) }, message)
        : undefined;
    if (event) yield event;
    else omitted.set(stream_id, before + 1);
  }
}

function readRow(message: EmmettMessage, number: number): z.output<typeof row> {
  const { success, data, error } = row.safeParse(message);
  if (success) return data;
  throw new Error(`Row ${number} is no row of emt_messages: ${issuesText(error)}`);
}

function eventOf(
  { created, message_id, message_type, message_data, message_metadata }: EventColumns,
  version: number,
): Omit<ImportEvent, 'aggregate' | 'aggregateId'> {
  return {
    version,
    type: message_type,
    data: message_data,
    occurredAt: created,
    sourceId: message_id,
    metadata: related.safeParse(message_metadata).data,
  };
}

type EventColumns = Omit<z.output<typeof row>, 'stream_id' | 'stream_position' | 'message_kind'>;

function streamOfName(streamId: string): Pick<ImportEvent, 'aggregate' | 'aggregateId'> {
  const [aggregate = '', ...rest] = streamId.split('-');
  return { aggregate, aggregateId: rest.join('-') };
}
