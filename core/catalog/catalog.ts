/**
 * The catalog of an app: its definitions, and how they hang together. An event's consumers are known, because handlers are
 * registered by its type. What a handler sends is known only where its definition declares it.
 */
import type { Aggregate } from '../aggregate/aggregate.ts';
import type { EventDefinition } from '../aggregate/event.ts';
import type { HandledEvents } from '../aggregate/handled-events.ts';
import { type App, actionsOf, inboundOf, listsOf, publicationsOf, schedulesOf } from '../app.ts';
import type { SentCommands } from '../process/sent-commands.ts';
import type { Publication } from '../publication/publication.ts';
import { type JsonSchema, jsonSchema } from '../sealed/shown-schema.ts';
import { ownValue } from '../values/own-value.ts';
import type { Catalog, CatalogDefinition } from './catalog-shape.ts';
import { schemaChanges } from './schema-changes.ts';

/** Names and shapes: no data, no source of a handler, no name of a secret, no tenant. */
export function catalogOf(app: App): Catalog {
  const wiring = wiringOf(app);
  return {
    aggregates: app.aggregates.map((aggregate) => aggregateEntry(aggregate, wiring)),
    projections: app.projections.map((projection) => ({
      ...{ name: projection.name, version: projection.version },
      tables: listsOf(projection).map(({ address }) => address),
      queries: projection.queries.map(({ name }) => name),
      handles: projection.handles,
    })),
    reactors: (app.reactors ?? []).map(processEntry),
    sagas: (app.sagas ?? []).map(({ version, startedBy, ...saga }) => ({
      ...processEntry(saga),
      ...{ version, startedBy },
    })),
    actions: actionsOf(app).map(({ opens, ...action }) => ({
      ...processEntry(action),
      ...(opens && { opens }),
    })),
    publications: publicationsOf(app).map(publicationEntry),
    inbound: inboundOf(app).map(({ name, verify, input, sends }) => ({
      ...{ name, verify: verify.kind, schema: jsonSchema(input, 'input') },
      ...(sends && { sends }),
    })),
    schedules: schedulesOf(app).map(({ name, cron, timeZone, missed, sends }) => ({
      ...{ name, cron, timeZone, missed },
      ...(sends && { sends }),
    })),
  };
}

/** A definition with what it receives and sends. */
interface Wire extends CatalogDefinition {
  readonly handles?: HandledEvents;
  readonly sends?: SentCommands;
}

/** Every kind of definition beside aggregates: a new one is a list here, and in the catalog. */
function wiringOf(app: App): readonly Wire[] {
  const { projections, reactors = [], sagas = [] } = app;
  return [
    ...projections.map(({ name, handles }) => ({ kind: 'projection' as const, name, handles })),
    ...reactors.map((one) => ({ kind: 'reactor' as const, ...processEntry(one) })),
    ...sagas.map((one) => ({ kind: 'saga' as const, ...processEntry(one) })),
    ...actionsOf(app).map((one) => ({ kind: 'action' as const, ...processEntry(one) })),
    ...publicationsOf(app).map(({ name, handles }) => ({
      kind: 'publication' as const,
      ...{ name, handles },
    })),
    ...[...inboundOf(app), ...schedulesOf(app)].map(({ kind, name, sends }) => ({
      ...{ kind, name },
      ...(sends && { sends }),
    })),
  ];
}

interface Process {
  readonly name: string;
  readonly handles: HandledEvents;
  readonly sends?: SentCommands;
}

function processEntry({ name, handles, sends }: Process): Process {
  return { name, handles, ...(sends && { sends }) };
}

function aggregateEntry(
  { name: aggregate, commands, events, endsWith = [] }: Aggregate,
  wiring: readonly Wire[],
): Catalog['aggregates'][number] {
  return {
    name: aggregate,
    commands: Object.entries(commands).map(([name, schema]) => ({
      ...{ name, schema: jsonSchema(schema, 'input') },
      sentBy: named(wiring, ({ sends }) => has(sends, aggregate, name)),
    })),
    events: Object.entries(events).map(([type, definition]) => ({
      type,
      ...(endsWith.includes(type) && { ends: true as const }),
      versions: versionEntries(definition),
      handledBy: named(wiring, ({ handles }) => has(handles, aggregate, type)),
    })),
  };
}

function named(
  wiring: readonly Wire[],
  isMeant: (wire: Wire) => boolean,
): readonly CatalogDefinition[] {
  return wiring.filter(isMeant).map(({ kind, name }) => ({ kind, name }));
}

function has(
  names: Readonly<Record<string, readonly string[]>> | undefined,
  aggregate: string,
  name: string,
): boolean {
  return names !== undefined && ownValue(names, aggregate)?.includes(name) === true;
}

function versionEntries({ schemaVersions }: EventDefinition) {
  const schemas = schemaVersions.map(({ schema }) => jsonSchema(schema, 'output'));
  return schemas.map((schema, index) => ({
    ...{ version: index + 1, schema },
    changes: changesFrom(schemas[index - 1], schema),
  }));
}

function publicationEntry(publication: Publication): Catalog['publications'][number] {
  const { name, startsAt, compatibility, handles, events } = publication;
  return {
    ...{ name, startsAt, compatibility, handles },
    events: Object.entries(events).map(([type, versions]) => {
      const schemas = versions.map(({ schema }) => jsonSchema(schema, 'output'));
      return {
        type,
        versions: versions.map(({ version, deprecated }, index) => ({
          ...{ version, schema: schemas[index] ?? {} },
          ...(deprecated !== undefined && { deprecated }),
          changes: changesFrom(schemas[index - 1], schemas[index]),
        })),
      };
    }),
  };
}

function changesFrom(before: JsonSchema | undefined, after: JsonSchema | undefined) {
  return before === undefined ? [] : schemaChanges(before, after);
}
