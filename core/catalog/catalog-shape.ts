/** The shape of `/catalog.json`: what an app consists of, what produces its events and what consumes them. */
import * as z from 'zod';
import { missedPolicies } from '../schedule/schedule.ts';
import { listOf } from '../values/shape-words.ts';

/** JSON Schema 2020-12, a document of its own: a reference in it begins at its own root. */
const schema = z.record(z.string(), z.unknown());

export const definitionKinds = [
  'projection',
  'reactor',
  'saga',
  'action',
  'publication',
  'inbound',
  'schedule',
] as const;

const definition = z.object({ kind: z.enum(definitionKinds), name: z.string() });

const namesByAggregate = z.record(z.string(), listOf(z.string()));

/** `before` alone: the field is gone; `after` alone: it is new. */
const fieldChange = z.object({
  field: z.string(),
  before: z.string().exactOptional(),
  after: z.string().exactOptional(),
});

/** `changes`: from the version before; of the first one there are none. */
const schemaVersion = z.object({ version: z.int(), schema, changes: listOf(fieldChange) });

const publicVersion = schemaVersion.extend({
  /** The date after which it may be removed. */
  deprecated: z.string().exactOptional(),
});

const handling = { handles: namesByAggregate };

/** Left out: nothing is declared, and what it sends is not known. */
const sending = { sends: namesByAggregate.exactOptional() };

const aggregate = z.object({
  name: z.string(),
  commands: listOf(
    z.object({
      name: z.string(),
      schema,
      /** By declaration. Callers, timers, and definitions without a declaration may send it, too. */
      sentBy: listOf(definition),
    }),
  ),
  events: listOf(
    z.object({
      type: z.string(),
      ends: z.literal(true).exactOptional(),
      versions: listOf(schemaVersion),
      handledBy: listOf(definition),
    }),
  ),
});

const projection = z.object({
  name: z.string(),
  version: z.int(),
  tables: listOf(z.string()),
  queries: listOf(z.string()),
  ...handling,
});

const publication = z.object({
  name: z.string(),
  startsAt: z.enum(['now', 'beginning']),
  compatibility: z.enum(['backward', 'forward', 'full']),
  ...handling,
  events: listOf(z.object({ type: z.string(), versions: listOf(publicVersion) })),
});

/** Of a message: what the other system sends. */
const inbound = z.object({
  name: z.string(),
  verify: z.enum(['standard-webhook', 'hmac', 'credential']),
  schema,
  ...sending,
});

/** `missed`: what becomes of ticks that were not done in time. */
const schedule = z.object({
  name: z.string(),
  cron: z.string(),
  timeZone: z.string(),
  missed: z.enum(missedPolicies),
  ...sending,
});

export const catalogShape = z.object({
  aggregates: listOf(aggregate),
  projections: listOf(projection),
  reactors: listOf(z.object({ name: z.string(), ...handling, ...sending })),
  sagas: listOf(
    z.object({
      name: z.string(),
      version: z.int(),
      ...handling,
      /** Those of the handled events that start it. */
      startedBy: namesByAggregate,
      ...sending,
    }),
  ),
  actions: listOf(
    z.object({
      name: z.string(),
      /** Its handlers may open personal fields. */
      opens: z.literal(true).exactOptional(),
      ...handling,
      ...sending,
    }),
  ),
  publications: listOf(publication),
  inbound: listOf(inbound),
  schedules: listOf(schedule),
});

export type Catalog = z.output<typeof catalogShape>;
export type CatalogDefinition = z.output<typeof definition>;
export type CatalogPublication = z.output<typeof publication>;
export type FieldChange = z.output<typeof fieldChange>;
