/**
 * An event in its three forms: the definition with its schema versions and upcasters, the stored event, and the
 * recorded event that handlers receive in the newest schema version.
 */

import type * as z from 'zod';
import { deepFrozen } from '../values/frozen.ts';
import { isJson, type Json, type JsonFault, jsonCopy } from '../values/json.ts';
import { ownValue } from '../values/own-value.ts';
import { parseStreamName } from './stream.ts';

/** The actor and the causes of an event. Ids only: it must not contain personal data. */
export interface EventMetadata {
  readonly actor: string;
  /**
   * What authenticated the caller: `key:` and the id of an API key, the issuer of a token, `service-binding`, or what the
   * app's `authenticate` calls it. Left out: no credential, or a command of the machinery.
   */
  readonly credential?: string;
  /** The idempotency key of the command, or an id made for it when the caller sent none. */
  readonly commandId: string;
  /** The cause of the command: the command itself, or the event that a saga or reactor reacted to. */
  readonly causationId: string;
  /**
   * The id that all related commands and events share: the trace id of the caller's `traceparent`, else the first
   * command's id.
   */
  readonly correlationId: string;
  readonly traceparent?: string;
  /** The number of reactions between it and the caller's command; left out: none. */
  readonly hops?: number;
  /** It is history of another system, which an operator imported: reactors and sagas do not act on it. */
  readonly imported?: true;
  /** The id of an imported event at its source. */
  readonly sourceId?: string;
}

/** An event exactly as it was appended: the form in the log, the queue and the journal. */
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
  /** When it happened in the world; the same as `recordedAt` unless the command has another time. */
  readonly occurredAt: string;
  readonly metadata: EventMetadata;
}

/**
 * The approximate size of an event without its data: ids, times, names. Added to the data wherever bytes are limited.
 */
export const EVENT_ENVELOPE_BYTES = 300;

/** An event as handlers receive it: its data in the newest schema version, its stream split into aggregate and id. */
export type RecordedEvent<Type extends string = string, Data = unknown> = Omit<
  StoredEvent,
  'type' | 'data'
> & {
  readonly type: Type;
  readonly data: Data;
  readonly aggregate: string;
  readonly aggregateId: string;
};

/** One released shape of an event, and the upcaster from the shape before it. */
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
   * Adds a new schema version. Events stored in older versions stay unchanged and are upcast on every read.
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

/** The events of an aggregate, by their types. */
export type EventDefinitions = Readonly<Record<string, EventDefinition>>;

export type EventData<Definition> = Definition extends EventDefinition<infer Data> ? Data : never;

/** The union of an aggregate's events as `{ type, data }`. */
export type EventOf<Events extends EventDefinitions> = {
  [Type in keyof Events & string]: {
    readonly type: Type;
    readonly data: EventData<Events[Type]>;
  };
}[keyof Events & string];

/** The event of this type. */
export type EventNamed<Events extends EventDefinitions, Type> = Extract<
  EventOf<Events>,
  { type: Type }
>;

/**
 * Declares an event type by the zod schema of its first version.
 *
 * @example event(z.strictObject({ cents: z.int().positive() }))
 */
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

/**
 * Thrown for a stored event that the running code does not define: the event is newer than the code, or its definition
 * was removed.
 */
export class UnknownEvent extends Error {
  override readonly name = 'UnknownEvent';
}

/**
 * Upcasts a stored event to the newest schema version of the code, and freezes it: all handlers share it, and it shares
 * its parts with the stored event from which the journal is written.
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
 * A stored event with its data in the newest schema version: the shape of events in an outcome.
 *
 * @throws UnknownEvent when the type or the schema version is not in the definitions
 */
export function newestShape(definitions: EventDefinitions, stored: StoredEvent): StoredEvent {
  const { schemaVersion } = knownEvent(definitions, stored);
  if (stored.schemaVersion === schemaVersion) return stored;
  // The result of an upcaster is what the next version's schema accepts.
  return { ...stored, schemaVersion, data: upcastData(definitions, stored) as Json };
}

/**
 * The data alone, in the newest schema version: what `evolve` needs. The input and the result of an upcaster are
 * frozen. Data of the newest version is returned as it is, because freezing would slow down the folding of a long
 * stream.
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
  // A copy: getters that throw are read here, where the failure affects this event alone.
  return deepFrozen(jsonCopy(lifted));
}

function knownEvent(
  definitions: EventDefinitions,
  { type, schemaVersion }: Pick<StoredEvent, 'type' | 'schemaVersion'>,
): EventDefinition {
  const definition = ownValue(definitions, type);
  if (!definition) throw new UnknownEvent(`Event type ${type} is not defined in this version.`);
  if (schemaVersion > definition.schemaVersion) {
    throw new UnknownEvent(
      `${type} has schema version ${schemaVersion}; this version knows up to ${definition.schemaVersion}.`,
    );
  }
  return definition;
}
