/** Every read that an app declares, as the Worker builds it: of each table, of each named query, for one viewer. */
import * as z from 'zod';
import type { NamedQuery } from '../../../core/projection/projection-query.ts';
import type { Viewer } from '../../../core/projection/row-scope.ts';
import { columnNamed, type ReadModelTable } from '../../../core/projection/table.ts';
import { filterInputs } from '../../../worker/queries/filters.ts';
import { listReading, rowReading } from '../../../worker/queries/list-rows.ts';
import { queryReading } from '../../../worker/queries/named-query.ts';
import { statementsOf } from '../../../worker/queries/reading.ts';
import { sampleInput } from '../../dev/sample-input.ts';
import type { Statement } from './read-plan.ts';

export interface DeclaredRead {
  readonly kind: 'filters' | 'sorts' | 'key' | 'query';
  /** The column, or the query, that is declared. */
  readonly name: string;
  readonly statements: readonly Statement[];
}

/** Of its list, count and key. `pairs`: each filter with each sort, too. */
export function readsOfTable(viewer: Viewer, model: ReadModelTable, pairs = false): DeclaredRead[] {
  const { key, filters, sorts } = model.definition;
  const list = (input: object): Statement[] => {
    const reading = listReading(viewer, model, { limit: 100, ...input });
    if ('outcome' in reading) throw new Error(`The list of ${model.name} has no plan.`);
    return statementsOf(reading);
  };
  const filtered = (column: string): Statement[] =>
    inputsOf(model, column).flatMap((input) => [
      ...list({ ...input, count: true }),
      ...(pairs ? sorts.flatMap((sort) => list({ ...input, sort })) : []),
    ]);
  const whole = Object.fromEntries(key.map((column) => [column, sampleValue(model, column)]));
  return [
    ...filters.map((name) => ({ kind: 'filters', name, statements: filtered(name) }) as const),
    ...sorts.map((name) => {
      const statements = [name, `-${name}`].flatMap((sort) => list({ sort }));
      return { kind: 'sorts', name, statements } as const;
    }),
    { kind: 'key', name: key.join(), statements: statementsOf(rowReading(viewer, model, whole)) },
  ];
}

/** Of each operator of a column's filter. */
function inputsOf(model: ReadModelTable, column: string): object[] {
  const parameters = Object.keys(filterInputs(model));
  return parameters.flatMap((parameter) => {
    const [name, operator] = parameter.split('.');
    const value = sampleValue(model, column);
    return name === column ? [{ [parameter]: operator === 'in' ? [value] : value }] : [];
  });
}

/** As the parameters' schemas return it. */
export function sampleValue(model: ReadModelTable, name: string): unknown {
  const { dataType, enumValues = [] } = columnNamed(model.columns, name);
  if (dataType === 'number') return 1;
  if (dataType === 'boolean') return true;
  return dataType === 'date' ? new Date(0) : (enumValues[0] ?? 'text');
}

/**
 * With what its input needs, and with all that it may have.
 *
 * @throws Error with a sentence where no sample passes the schema
 */
export function readsOfQuery(viewer: Viewer, query: NamedQuery): DeclaredRead[] {
  const schema = z.toJSONSchema(query.input, { io: 'input', unrepresentable: 'any' });
  const inputs = [schema, withEverything(schema)].map((one) =>
    query.input.safeParse(sampleInput(one, schema.$defs)),
  );
  const found = inputs.filter(({ success }) => success);
  if (found.length === 0) {
    throw new Error(
      `The plan of the query ${query.name} is unknown: no sample passes its input. Give the schema of its parameters examples: .meta({ examples: ['…'] }).`,
    );
  }
  return found.map(({ data }) => ({
    kind: 'query',
    name: query.name,
    statements: statementsOf(queryReading(viewer, query, data)),
  }));
}

function withEverything(schema: z.core.JSONSchema.BaseSchema): object {
  const properties = Object.entries(schema.properties ?? {}).map(([name, part]) => [
    name,
    typeof part === 'object' && part.type === 'array' ? { minItems: 1, ...part } : part,
  ]);
  return {
    ...schema,
    properties: Object.fromEntries(properties),
    required: properties.map(([name]) => name),
  };
}
