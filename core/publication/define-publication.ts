/** `definePublication`: which private events become which public ones. */

import type * as z from 'zod';
import type { Aggregate } from '../aggregate/aggregate.ts';
import type { EventDefinitions, EventNamed, RecordedEvent } from '../aggregate/event.ts';
import { handledEvents } from '../aggregate/handled-events.ts';
import { utf8Bytes } from '../values/bytes.ts';
import { isJson, jsonCopy } from '../values/json.ts';
import { ownValue } from '../values/own-value.ts';
import type {
  PublicEventDefinition,
  PublicEventDefinitions,
  PublicEventVersions,
} from './public-event.ts';
import type { Publication, PublicEvent } from './publication.ts';

type VersionsOf<Given extends PublicEventVersions> = Given extends readonly PublicEventDefinition[]
  ? Given[number]
  : Given;

/** The last one: versions are listed oldest first. */
type NewestOf<Given extends PublicEventVersions> = Given extends readonly [
  ...unknown[],
  infer Last extends PublicEventDefinition,
]
  ? Last
  : Given;

type DataOf<Definition> =
  Definition extends PublicEventDefinition<infer Schema> ? z.input<Schema> : never;

type VersionOf<Definition> =
  Definition extends PublicEventDefinition<z.ZodType, infer Version> ? Version : never;

/** Makes a public event of its type and data; without a version, of its newest one. */
export type Publish<Events extends PublicEventDefinitions> = <
  Type extends keyof Events & string,
  Version extends VersionOf<VersionsOf<Events[Type]>> = Extract<
    VersionOf<NewestOf<Events[Type]>>,
    VersionOf<VersionsOf<Events[Type]>>
  >,
>(
  type: Type,
  data: DataOf<Extract<VersionsOf<Events[Type]>, { readonly version: Version }>>,
  version?: Version,
) => PublicEvent<Type>;

type Handlers<Events extends EventDefinitions, Public extends PublicEventDefinitions> = {
  readonly [Type in keyof Events & string]?: (
    event: RecordedEvent<Type, EventNamed<Events, Type>['data']>,
    publish: Publish<Public>,
  ) => PublicEvent | readonly PublicEvent[];
};

/**
 * Defines a publication: the public schema of an app. Each handler makes public events of a private one; a private
 * event without a handler stays private. `GET /v1/publications/{publication}` is its feed. It starts with what happens after
 * its first deployment, or, with `startsAt: 'beginning'`, with the first event of the journal.
 *
 * @throws Error for versions of an event that are not listed in ascending order
 * @example definePublication({
 *   name: 'shop',
 *   from: [order],
 *   events: { 'shop.order.placed': publicEvent(z.strictObject({ order: z.string() }), { version: 1 }) },
 *   on: {
 *     order: {
 *       OrderPlaced: ({ aggregateId }, publish) => publish('shop.order.placed', { order: aggregateId }),
 *     },
 *   },
 * })
 */
export function definePublication<
  const Name extends string,
  const Sources extends readonly Aggregate[],
  const Public extends PublicEventDefinitions,
>(definition: {
  readonly name: Name;
  readonly from: Sources;
  readonly events: Public;
  readonly on: {
    readonly [Source in Sources[number]['name']]?: Handlers<
      Extract<Sources[number], { name: Source }>['events'],
      Public
    >;
  };
  readonly startsAt?: Publication['startsAt'];
  /** What `ledge check` lets a released version become; `backward` if left out. */
  readonly compatibility?: Publication['compatibility'];
}): Publication & { readonly name: Name } {
  const { name } = definition;
  const events = listedVersions(definition.events);
  // The runtime calls each handler with its own event and this function, as its type says.
  const handlers = definition.on as unknown as ErasedHandlers;
  const publish: ErasedPublish = (type, data, version) => ({
    ...{ type, data },
    version: version ?? ownValue(events, type)?.at(-1)?.version,
  });
  return {
    kind: 'publication',
    name,
    sources: definition.from.map((source) => source.name),
    handles: handledEvents(handlers),
    startsAt: definition.startsAt ?? 'now',
    compatibility: definition.compatibility ?? 'backward',
    events,
    publish: (event) => {
      const handler = ownValue(ownValue(handlers, event.aggregate) ?? {}, event.type);
      return handler ? publicEvents(name, events, handler(event, publish)) : [];
    },
  };
}

type ErasedPublish = (type: string, data: unknown, version?: number) => unknown;

type ErasedHandlers = Readonly<
  Record<
    string,
    Readonly<Record<string, (event: RecordedEvent, publish: ErasedPublish) => unknown>>
  >
>;

function listedVersions(given: PublicEventDefinitions): Publication['events'] {
  const listed = Object.entries(given).map(
    ([type, versions]) => [type, [versions].flat() as readonly PublicEventDefinition[]] as const,
  );
  for (const [type, versions] of listed) {
    const isAscending = versions.every(
      ({ version }, index) => index === 0 || version > (versions[index - 1]?.version ?? 0),
    );
    if (!isAscending) throw new Error(`The versions of ${type} are not listed oldest first.`);
  }
  return Object.fromEntries(listed);
}

/** Ours, of all that one private event publishes: a page of the feed is one row, and a row of D1 has at most 2 MB. */
export const PUBLISHED_BYTES_MAX = 1_000_000;

/**
 * What a handler returned, checked: consumers rely on the schemas, and in JavaScript everything compiles.
 *
 * @throws TypeError for what `publish` did not make, RangeError for too much; z.ZodError
 */
function publicEvents(
  publication: string,
  events: Publication['events'],
  returned: unknown,
): PublicEvent[] {
  const published = [returned].flat().map((one) => publicEventOf(publication, events, one));
  const names = published.map(({ type, version }) => `${type}.${version}`);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new TypeError(
      `${publication} published ${twice} twice for one event: their ids are one.`,
    );
  }
  const bytes = published.reduce((sum, { data }) => sum + utf8Bytes(JSON.stringify(data)), 0);
  if (bytes <= PUBLISHED_BYTES_MAX) return published;
  throw new RangeError(
    `${publication} published ${bytes} bytes for one event; the limit is ${PUBLISHED_BYTES_MAX}. Publish an id, and let consumers ask for the rest.`,
  );
}

function publicEventOf(
  publication: string,
  events: Publication['events'],
  returned: unknown,
): PublicEvent {
  const { type, version, data: given }: Partial<PublicEvent> = returned ?? {};
  const definition =
    typeof type === 'string'
      ? ownValue(events, type)?.find((one) => one.version === version)
      : undefined;
  if (type === undefined || !definition) {
    throw new TypeError(
      `${publication} returned a value that is no event of it: return publish(…), a list of them, or [] for none.`,
    );
  }
  const data: unknown = definition.schema.parse(given);
  if (!isJson(data)) {
    throw new TypeError(`The data of ${type} is not JSON: publish plain data.`);
  }
  return { type, version: definition.version, data: jsonCopy(data) };
}
