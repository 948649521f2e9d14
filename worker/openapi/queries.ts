/** Describes a projection: its built-in list and get, and its named queries. */
import type { NamedQuery, Projection } from '../../core/projection.ts';
import { columnNamed, type ReadModelTable } from '../../core/table.ts';
import { listInput } from '../queries/list-rows.ts';
import { jsonSchema, queryParameters, resolved, schemasOf } from './json-schema.ts';
import {
  arrayOf,
  json,
  type Operation,
  objectOf,
  type Parameter,
  type Part,
  pageOf,
  type Schema,
  type Schemas,
} from './operation.ts';
import { parameterRef } from './parameters.ts';
import { problems } from './problems.ts';
import { componentName, schemaRef } from './references.ts';
import { rowSchema, valueSchema } from './rows.ts';

export function projectionPart({ name, tables: [model], queries }: Projection): Part {
  const tag = `Projection ${name}`;
  const inputs = inputSchemas(name, queries);
  const named = queries.map((query) => {
    const input = resolved(inputs, componentName(`${name}.queries`, query.name));
    return [`/v1/queries/${query.name}`, { get: queryOperation(query, input, tag) }];
  });
  return {
    tag: { name: tag, description: `Rows of \`${name}\`: the built-in list and get, and queries.` },
    paths: {
      [`/v1/queries/${name}`]: { get: listOperation(name, model, tag) },
      [`/v1/queries/${name}/${keyPath(model)}`]: { get: rowOperation(name, model, tag) },
      ...Object.fromEntries(named),
    },
    schemas: { ...inputs, [componentName(name, 'Row')]: rowSchema(model) },
  };
}

/** The parts of a composite key stand in one segment, comma-joined: `{day},{country}`. */
function keyPath({ definition }: ReadModelTable): string {
  return definition.key.map((column) => `{${column}}`).join(',');
}

function rowOf(projection: string): Schema {
  return schemaRef(projection, 'Row');
}

function listOperation(name: string, model: ReadModelTable, tag: string): Operation {
  return {
    operationId: `queries.${name}.list`,
    tags: [tag],
    summary: `List ${name}`,
    parameters: [
      ...queryParameters(jsonSchema(listInput(model), 'input')),
      parameterRef('ConsistentWith'),
    ],
    responses: { 200: pageOf('rows', rowOf(name)), ...problems('invalid', 'unavailable') },
  };
}

function rowOperation(name: string, model: ReadModelTable, tag: string): Operation {
  return {
    operationId: `queries.${name}.get`,
    tags: [tag],
    summary: `One of ${name}, by its key`,
    parameters: [...keyParameters(model), parameterRef('ConsistentWith')],
    responses: {
      200: { description: 'The row.', content: json(rowOf(name)) },
      ...problems('invalid', 'unknown', 'unavailable'),
    },
  };
}

function keyParameters({ columns, definition }: ReadModelTable): Parameter[] {
  return definition.key.map((name) => ({
    name,
    in: 'path',
    required: true,
    schema: valueSchema(columnNamed(columns, name)),
  }));
}

function queryOperation({ name }: NamedQuery, input: Schema, tag: string): Operation {
  return {
    operationId: `queries.${name}`,
    tags: [tag],
    summary: name,
    parameters: [...queryParameters(input), parameterRef('ConsistentWith')],
    responses: {
      200: {
        description: 'Its rows.',
        content: json(objectOf({ rows: arrayOf({ type: 'object' }) })),
      },
      ...problems('invalid', 'unavailable'),
    },
  };
}

function inputSchemas(projection: string, queries: readonly NamedQuery[]): Schemas {
  const inputs = queries.map(({ name, input }) => [name, input] as const);
  return schemasOf(`${projection}.queries`, Object.fromEntries(inputs), 'input');
}
