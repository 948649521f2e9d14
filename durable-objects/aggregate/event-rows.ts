/** How an event lies in its object's table, and the SQL that puts it there and takes it out. Called by the event log. */
import type { EventMetadata, StoredEvent } from '../../core/event.ts';

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
  causation_id: string | null;
  correlation_id: string | null;
  traceparent: string | null;
}

/** Data stays JSON (`->`). Takes the rows of `writtenRow` as one JSON array. */
export const INSERT_EVENTS = `
  INSERT INTO event
  SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value -> 4, value ->> 5, value ->> 6, value ->> 7,
    value ->> 8, value ->> 9, value ->> 10, value ->> 11
  FROM json_each(?)`;

/** In the order of the table's columns. */
export function writtenRow(event: StoredEvent): unknown[] {
  const { actor, commandId, causationId, correlationId, traceparent } = event.metadata;
  return [
    event.version,
    event.id,
    event.type,
    event.schemaVersion,
    event.data,
    Date.parse(event.recordedAt),
    event.occurredAt === event.recordedAt ? null : Date.parse(event.occurredAt),
    actor,
    commandId,
    causationId === commandId ? null : causationId,
    correlationId === commandId ? null : correlationId,
    traceparent ?? null,
  ];
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

function metadataOf(row: EventRow): EventMetadata {
  const { actor, command_id: commandId, traceparent } = row;
  return {
    actor,
    commandId,
    causationId: row.causation_id ?? commandId,
    correlationId: row.correlation_id ?? commandId,
    ...(traceparent !== null && { traceparent }),
  };
}
