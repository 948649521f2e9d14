/** Describes a projection: its built-in list and get, and its named queries. */
import { type List, listsOf } from '../../../core/app.ts';
import type { Projection } from '../../../core/projection/projection.ts';
import type { NamedQuery } from '../../../core/projection/projection-query.ts';
import { columnNamed, type ReadModelTable } from '../../../core/projection/table.ts';
import { PAGE_BYTES_MAX } from '../../../core/values/bytes.ts';
import { COUNT_MAX, listInput } from '../../queries/list-rows.ts';
import { QUERY_ROWS_MAX } from '../../queries/named-query.ts';
import { jsonSchema, queryParameters, resolved, schemasOf } from './json-schema.ts';
import {
  arrayOf,
  type Header,
  json,
  notModified,
  type Operation,
  objectOf,
  type Parameter,
  type Part,
  type Paths,
  pageOf,
  type Response,
  type Responses,
  type Schema,
  type Schemas,
  tagHeader,
} from './operation.ts';
import { parameterRef } from './parameters.ts';
import { problemResponse, problems } from './problems.ts';
import { componentName, schemaRef } from './references.ts';
import { rowSchema, valueSchema } from './rows.ts';

export function projectionPart(projection: Projection): Part {
  const { name, queries } = projection;
  const lists = listsOf(projection);
  const tag = `Projection ${name}`;
  const inputs = inputSchemas(name, queries);
  const named = queries.map((query) => {
    const input = resolved(inputs, componentName(`${name}.queries`, query.name));
    return [`/v1/queries/${query.name}`, { get: queryOperation(query, input, tag) }];
  });
  return {
    tag: { name: tag, description: `Rows of \`${name}\`: the built-in list and get, and queries.` },
    paths: {
      ...Object.fromEntries(lists.flatMap((list) => listPaths(list, tag))),
      ...Object.fromEntries(named),
    },
    schemas: { ...inputs, ...Object.fromEntries(lists.map(rowComponent)) },
  };
}

function listPaths({ address, table }: List, tag: string): [string, Paths[string]][] {
  const list = listOperation(
    `queries.${address}.list`,
    `List ${address}`,
    table,
    rowOf(address),
    tag,
  );
  return [
    [`/v1/queries/${address}`, { get: list }],
    [`/v1/queries/${address}/${keyPath(table)}`, { get: rowOperation(address, table, tag) }],
  ];
}

function rowComponent({ address, table }: List): [string, Schema] {
  return [componentName(address, 'Row'), rowSchema(table)];
}

/** The parts of a composite key stand in one segment, comma-joined: `{day},{country}`. */
function keyPath({ definition }: ReadModelTable): string {
  return definition.key.map((column) => `{${column}}`).join(',');
}

function rowOf(address: string): Schema {
  return schemaRef(address, 'Row');
}

export function listOperation(
  operationId: string,
  summary: string,
  model: ReadModelTable,
  row: Schema,
  tag: string,
): Operation {
  const page = pageOf('rows', row, {
    count: {
      type: 'integer',
      description: `The rows that pass the filters, when asked for; at most ${COUNT_MAX}.`,
    },
    countIsCapped: {
      const: true,
      description: 'More rows pass the filters than `count`: counting has stopped there.',
    },
  });
  return {
    operationId,
    tags: [tag],
    summary,
    description: LIST_DESCRIPTION,
    parameters: [...queryParameters(jsonSchema(listInput(model), 'input')), ...headerParameters],
    responses: answers(page, problems('invalid', 'parked', 'unavailable')),
  };
}

const LIST_DESCRIPTION = `Rows that pass every filter that is sent, in the order of \`sort\` and, where that is equal,
of the key. \`column=…\` is equal, \`column.in=…\` one of a list, \`column.gt\`, \`.gte\`, \`.lt\` and \`.lte\` are ranges,
\`column.prefix\` is how a text begins. Texts are compared by code point. A cursor belongs to its sort and filters.
A page ends at \`limit\` rows or at ${PAGE_BYTES_MAX / 1_000_000} MB; while there are more, the answer has a \`cursor\`.`;

function rowOperation(name: string, model: ReadModelTable, tag: string): Operation {
  return {
    operationId: `queries.${name}.get`,
    tags: [tag],
    summary: `One of ${name}, by its key`,
    parameters: [...keyParameters(model), ...headerParameters],
    responses: answers(
      { description: 'The row.', content: json(rowOf(name)) },
      {
        ...problems('invalid', 'parked', 'unavailable'),
        404: problemResponse(404, { 'D1-Bookmark': bookmarkHeader }),
      },
    ),
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
  const rows = objectOf({ rows: arrayOf({ type: 'object' }) });
  return {
    operationId: `queries.${name}`,
    tags: [tag],
    summary: name,
    description: `All of its rows, or 413 where there are more than ${QUERY_ROWS_MAX}, or more than ${PAGE_BYTES_MAX / 1_000_000} MB.`,
    parameters: [...queryParameters(input), ...headerParameters],
    responses: answers(
      { description: 'Its rows.', content: json(rows) },
      {
        ...problems('invalid', 'parked', 'unavailable'),
        413: problemResponse(413, { 'D1-Bookmark': bookmarkHeader }),
      },
    ),
  };
}

const headerParameters = [
  parameterRef('ConsistentWith'),
  parameterRef('D1Bookmark'),
  parameterRef('KnownTag'),
];

/** What every query answers beside its own. */
function answers(ok: Response, failures: Responses): Responses {
  const headers = { ...ok.headers, ETag: tagHeader, 'D1-Bookmark': bookmarkHeader };
  return {
    200: { ...ok, headers },
    304: { ...notModified, headers },
    ...failures,
  };
}

const bookmarkHeader: Header = {
  description:
    'An opaque text. Send it with the next query, and that one will not be from before this one.',
  schema: { type: 'string' },
};

function inputSchemas(projection: string, queries: readonly NamedQuery[]): Schemas {
  const inputs = queries.map(({ name, input }) => [name, input] as const);
  return schemasOf(`${projection}.queries`, Object.fromEntries(inputs), 'input');
}
