import type * as z from 'zod';
import { deepFrozen } from './frozen.ts';
import { isJson, type Json, type JsonFault, jsonCopy } from './json.ts';
import { parseStreamName } from './stream.ts';

/** Who and what caused an event. Ids only: nothing here may hold personal data. */
export interface EventMetadata {
  readonly actor: string;
  /** The idempotency key of the command, or an id made for it when the caller sent none. */
  readonly commandId: string;
  /** What made the command happen: the command itself, or the event that a saga or policy reacted to. */
  readonly causationId: string;
  /** The whole conversation: the trace id of the caller's `traceparent`, else the first command's id. */
  readonly correlationId: string;
  readonly traceparent?: string;
  /** How many reactions it is away from what somebody sent; left out: none. */
  readonly hops?: number;
}

/** An event exactly as it was appended. This is what the log, the queue and the journal carry. */
export interface StoredEvent {
  readonly id: string;
  readonly tenant: string;
  readonly stream: string;
  /** 1 is the stream's first event; versions have no gaps. */
  readonly version: number;
  readonly type: string;
  readonly schemaVersion: number;
  readonly data: Json;
  /** When Ledge wrote it (ISO 8601, UTC). */
  readonly recordedAt: string;
  /** When it happened in the world; the same as `recordedAt` unless the command said otherwise. */
  readonly occurredAt: string;
  readonly metadata: EventMetadata;
}

/** What an event takes beside its data, about: ids, times, names. Counted with the data wherever bytes are limited. */
export const EVENT_ENVELOPE_BYTES = 300;

/** An event as handlers see it: its data in the newest schema version, its stream taken apart. */
export type RecordedEvent<Type extends string = string, Data = unknown> = Omit<
  StoredEvent,
  'type' | 'data'
> & {
  readonly type: Type;
  readonly data: Data;
  readonly aggregate: string;
  readonly aggregateId: string;
};

/** One released shape of an event, and how its predecessor's data becomes its own. */
interface SchemaVersion {
  readonly schema: z.ZodType;
  readonly upcast: (previous: unknown) => unknown;
}

/** An event type: every schema version it ever had, oldest first. */
export interface EventDefinition<Data = unknown> {
  readonly schema: z.ZodType<Data>;
  /** The newest one, which new events are stored with. */
  readonly schemaVersion: number;
  readonly schemaVersions: readonly SchemaVersion[];
  /**
   * Releases a new shape. Events stored in the older ones stay as they are and are lifted on every read.
   *
   * @example event(z.strictObject({ cents: z.int() }))
   *   .upcast(z.strictObject({ cents: z.int(), currency: z.string() }), (v1) => ({ ...v1, currency: 'EUR' }))
   */
  upcast<
    Next extends z.ZodType,
    // A parameter of its own, so that its literals are inferred as the schema has them.
    Upcaster extends (previous: Data) => z.input<Next>,
  >(
    schema: Next & JsonFault<z.output<Next>>,
    fromPrevious: Upcaster,
  ): EventDefinition<z.output<Next>>;
}

export type EventDefinitions = Readonly<Record<string, EventDefinition>>;

export type EventData<Definition> = Definition extends EventDefinition<infer Data> ? Data : never;

/** The union of an aggregate's events as `{ type, data }`. */
export type EventOf<Events extends EventDefinitions> = {
  [Type in keyof Events & string]: {
    readonly type: Type;
    readonly data: EventData<Events[Type]>;
  };
}[keyof Events & string];

/** Declares an event type by the zod schema of its first version. */
export function event<Schema extends z.ZodType>(
  schema: Schema & JsonFault<z.output<Schema>>,
): EventDefinition<z.output<Schema>> {
  return define([], { schema, upcast: (data) => data });
}

function define<Data>(
  older: readonly SchemaVersion[],
  newest: SchemaVersion,
): EventDefinition<Data> {
  const schemaVersions = [...older, newest];
  return {
    // The chain's last schema is the one whose output Data was inferred from.
    schema: newest.schema as z.ZodType<Data>,
    schemaVersion: schemaVersions.length,
    schemaVersions,
    upcast: (schema, fromPrevious) =>
      // Each link is called only with what the link before it made.
      define(schemaVersions, {
        schema,
        upcast: fromPrevious as unknown as SchemaVersion['upcast'],
      }),
  };
}

/** Thrown when the running code does not know a stored event: it is newer than the code, or was taken out of it. */
export class UnknownEvent extends Error {
  override readonly name = 'UnknownEvent';
}

/**
 * Lifts a stored event to the newest schema version the code knows, and freezes it: all handlers get the same one, and
 * its parts are those of the stored event, which the journal is written from.
 *
 * @throws UnknownEvent when the type or the schema version is not in the definitions
 */
export function readEvent(definitions: EventDefinitions, stored: StoredEvent): RecordedEvent {
  const address = parseStreamName(stored.stream);
  if (!address) throw new UnknownEvent(`${stored.stream} is not a stream name.`);
  return deepFrozen({
    ...stored,
    aggregate: address.aggregate,
    aggregateId: address.id,
    schemaVersion: knownEvent(definitions, stored).schemaVersion,
    data: upcastData(definitions, stored),
  });
}

/**
 * A stored event with its data in the newest schema version: the shape in which events leave an object's outcomes.
 *
 * @throws UnknownEvent when the type or the schema version is not in the definitions
 */
export function newestShape(definitions: EventDefinitions, stored: StoredEvent): StoredEvent {
  const { schemaVersion } = knownEvent(definitions, stored);
  if (stored.schemaVersion === schemaVersion) return stored;
  // What an upcaster makes of JSON is what a later version's schema accepts.
  return { ...stored, schemaVersion, data: upcastData(definitions, stored) as Json };
}

/**
 * The data alone, in the newest schema version: what `evolve` needs. Data that an upcaster gets or makes is frozen;
 * data of the newest version is returned as it is, because folding a long stream must not pay for it.
 */
export function upcastData(
  definitions: EventDefinitions,
  stored: Pick<StoredEvent, 'type' | 'schemaVersion' | 'data'>,
): unknown {
  const { schemaVersion, schemaVersions } = knownEvent(definitions, stored);
  if (stored.schemaVersion === schemaVersion) return stored.data;
  return schemaVersions
    .slice(stored.schemaVersion)
    .reduce<unknown>(
      (data, { upcast }) => liftedBy(upcast, data, stored.type),
      deepFrozen(stored.data),
    );
}

function liftedBy(upcast: SchemaVersion['upcast'], data: unknown, type: string): unknown {
  const lifted = upcast(data);
  if (!isJson(lifted)) {
    throw new TypeError(
      `An upcaster of ${type} returned what JSON cannot hold: return plain data.`,
    );
  }
  // A copy: what it holds is read here, where a failure costs this event alone.
  return deepFrozen(jsonCopy(lifted));
}

function knownEvent(
  definitions: EventDefinitions,
  { type, schemaVersion }: Pick<StoredEvent, 'type' | 'schemaVersion'>,
): EventDefinition {
  const definition = Object.hasOwn(definitions, type) ? definitions[type] : undefined;
  if (!definition) throw new UnknownEvent(`Event type ${type} is not defined in this version.`);
  if (schemaVersion > definition.schemaVersion) {
    throw new UnknownEvent(
      `${type} has schema version ${schemaVersion}; this version knows up to ${definition.schemaVersion}.`,
    );
  }
  return definition;
}
