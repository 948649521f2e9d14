/** Describes `POST /v1/import/events`: events of another system. */
import type { Aggregate } from '../../../core/aggregate/aggregate.ts';
import type { App } from '../../../core/app.ts';
import { commandText } from '../../../core/package-name.ts';
import { BATCH_COMMANDS_MAX, BATCH_STREAMS_MAX } from '../../commands/command-batch.ts';
import { importedEventLine } from '../../commands/imported-event.ts';
import { jsonSchema, schemasOf } from './json-schema.ts';
import { arrayOf, json, type Operation, type Part, type Schema } from './operation.ts';
import { OPERATIONS_TAG } from './operation-words.ts';
import { problems } from './problems.ts';
import { schemaRef } from './references.ts';

const line = schemaRef('ImportedEvent');

const operation: Operation = {
  operationId: 'import.events',
  tags: [OPERATIONS_TAG],
  summary: 'Import events of another system',
  description: [
    `An array of events, or one a line: an answer a line, in the same order, streamed. Part of \`${commandText('import --events')}\`.`,
    'The version of an event is its place in its stream, and its key: it is stored once, behind the event before it.',
    'A stream that has taken commands takes no more of them. `decide` is not asked; projections get each event; reactors and sagas do not act on it.',
    `At most ${BATCH_COMMANDS_MAX} events of ${BATCH_STREAMS_MAX} streams.`,
  ].join(' '),
  requestBody: {
    required: true,
    content: { ...json(arrayOf(line)), 'application/x-ndjson': { schema: line } },
  },
  responses: {
    200: {
      description: 'For each event: accepted, without the event itself, or why not.',
      content: { 'application/x-ndjson': { schema: schemaRef('BatchAnswer') } },
    },
    ...problems('invalid', 'too-large', 'unsupported-media-type'),
  },
};

export function importPart({ aggregates }: App): Pick<Part, 'paths' | 'schemas'> {
  const schemas = aggregates.map((aggregate) =>
    schemasOf(`${aggregate.name}.imports`, schemaVersionsOf(aggregate), 'input'),
  );
  return {
    paths: { '/v1/import/events': { post: operation } },
    schemas: {
      ...Object.assign({}, ...schemas),
      ImportedEvent: { oneOf: aggregates.flatMap(linesOf) },
    },
  };
}

function schemaVersionsOf({ events }: Aggregate) {
  const all = Object.entries(events).flatMap(([type, { schemaVersions }]) =>
    schemaVersions.map(({ schema }, index) => [shapeName(type, index + 1), schema] as const),
  );
  return Object.fromEntries(all);
}

function linesOf({ name, events }: Aggregate): Schema[] {
  const { required = [], ...any } = jsonSchema(importedEventLine, 'input');
  return Object.entries(events).flatMap(([type, { schemaVersions }]) =>
    schemaVersions.map((_, index) => {
      const schemaVersion = index + 1;
      const isNewest = schemaVersion === schemaVersions.length;
      return {
        ...any,
        properties: {
          ...any.properties,
          aggregate: { const: name },
          type: { const: type },
          schemaVersion: { const: schemaVersion },
          data: schemaRef(name, 'imports', shapeName(type, schemaVersion)),
        },
        required: isNewest ? required : [...required, 'schemaVersion'],
      };
    }),
  );
}

function shapeName(type: string, schemaVersion: number): string {
  return `${type}.v${schemaVersion}`;
}
