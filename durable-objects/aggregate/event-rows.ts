/** An event's row in the object's table, and the SQL that writes and reads it. */
import {
  EVENT_ENVELOPE_BYTES,
  type EventMetadata,
  type StoredEvent,
} from '../../core/aggregate/event.ts';
import { utf8Bytes } from '../../core/values/bytes.ts';

export interface EventRow extends Record<string, SqlStorageValue> {
  version: number;
  id: string;
  type: string;
  schema_version: number;
  data: string;
  recorded_at: number;
  occurred_at: number | null;
  actor: string;
  command_id: string;
  origin: string | null;
}

export const EVENT_COLUMNS =
  'version, id, type, schema_version, data, recorded_at, occurred_at, actor, command_id, origin';

/** Data stays JSON (`->`). Takes the rows of `writtenRow` as one JSON array. */
export const INSERT_EVENTS = `
  INSERT INTO event (${EVENT_COLUMNS})
  SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value -> 4, value ->> 5, value ->> 6, value ->> 7,
    value ->> 8, nullif(value -> 9, 'null')
  FROM json_each(?)`;

/** An event to append, with the text of its data, which was made before domain code got the event. */
export interface AppendedEvent {
  readonly event: StoredEvent;
  readonly text: string;
  /** Of the stored event: its data as JSON and its envelope. */
  readonly bytes: number;
}

/** Of an event that was stored before: taken back, or restored. */
export function appendedEvent(event: StoredEvent): AppendedEvent {
  const text = JSON.stringify(event.data);
  return { event, text, bytes: utf8Bytes(text) + EVENT_ENVELOPE_BYTES };
}

/** The row as a JSON array, in the order of `EVENT_COLUMNS`. */
export function writtenRow({ event, text }: AppendedEvent): string {
  const { actor, commandId } = event.metadata;
  const before = [event.version, event.id, event.type, event.schemaVersion];
  const after = [
    Date.parse(event.recordedAt),
    event.occurredAt === event.recordedAt ? null : Date.parse(event.occurredAt),
    actor,
    commandId,
    originOf(event.metadata),
  ];
  return `${JSON.stringify(before).slice(0, -1)},${text},${JSON.stringify(after).slice(1)}`;
}

/** The metadata that `metadataOf` cannot derive from the command's id. A caller chooses that id. */
function originOf({ actor: _actor, commandId, ...others }: EventMetadata): object | undefined {
  const { causationId, correlationId, ...further } = others;
  const unusual = {
    ...(causationId !== commandId && { causationId }),
    ...(correlationId !== commandId && { correlationId }),
    ...further,
  };
  return Object.keys(unusual).length === 0 ? undefined : unusual;
}

export function storedEvent(tenant: string, stream: string, row: EventRow): StoredEvent {
  return {
    id: row.id,
    tenant,
    stream,
    version: row.version,
    type: row.type,
    schemaVersion: row.schema_version,
    data: JSON.parse(row.data),
    recordedAt: new Date(row.recorded_at).toISOString(),
    occurredAt: new Date(row.occurred_at ?? row.recorded_at).toISOString(),
    metadata: metadataOf(row),
  };
}

function metadataOf({ actor, command_id: commandId, origin }: EventRow): EventMetadata {
  const usual = { actor, commandId, causationId: commandId, correlationId: commandId };
  return origin === null ? usual : { ...usual, ...JSON.parse(origin) };
}
