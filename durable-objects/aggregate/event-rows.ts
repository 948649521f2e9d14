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
    value ->> 8, value ->> 9
  FROM json_each(?)`;

/** Of one event, from its `eventValues`: most commands decide one, and a JSON array of it takes a third longer. */
export const INSERT_EVENT = `INSERT INTO event (${EVENT_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

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

/** The values of the row, in the order of `EVENT_COLUMNS`. */
export function eventValues({ event, text }: AppendedEvent) {
  const { actor, commandId } = event.metadata;
  return [
    event.version,
    event.id,
    event.type,
    event.schemaVersion,
    text,
    Date.parse(event.recordedAt),
    event.occurredAt === event.recordedAt ? null : Date.parse(event.occurredAt),
    actor,
    commandId,
    originOf(event.metadata),
  ] as const;
}

/** The row as a JSON array, with the event's data as JSON in it. */
export function writtenRow(appended: AppendedEvent): string {
  const values = eventValues(appended);
  const [before, after] = [values.slice(0, DATA_AT), values.slice(DATA_AT + 1)];
  return `${JSON.stringify(before).slice(0, -1)},${appended.text},${JSON.stringify(after).slice(1)}`;
}

/** The place of the data among the columns. */
const DATA_AT = 4;

/** The metadata that `metadataOf` cannot derive from the command's id, as JSON. A caller chooses that id. */
function originOf({ actor: _actor, commandId, ...others }: EventMetadata): string | null {
  const { causationId, correlationId, ...further } = others;
  const unusual = {
    ...(causationId !== commandId && { causationId }),
    ...(correlationId !== commandId && { correlationId }),
    ...further,
  };
  return Object.keys(unusual).length === 0 ? null : JSON.stringify(unusual);
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
