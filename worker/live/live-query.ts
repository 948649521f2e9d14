/** The queries of `/v1/queries` as live queries: a built-in list, a row by its key, or a named query. */

import { type Failure, invalid } from '../../core/aggregate/outcome.ts';
import { type App, findList, findProjection, findQuery } from '../../core/app.ts';
import type { LiveRow } from '../../core/live/live-difference.ts';
import { rowId } from '../../core/projection/fold-changes.ts';
import type { Projection } from '../../core/projection/projection.ts';
import type { NamedQuery } from '../../core/projection/projection-query.ts';
import type { Viewer } from '../../core/projection/row-scope.ts';
import { cellNamed, type ReadModelTable } from '../../core/projection/table.ts';
import type {
  GroupQuery,
  PreparedLiveQuery,
  ResultRead,
  SubscribedQuery,
} from '../../durable-objects/index.ts';
import { invalidInput } from '../http/input-errors.ts';
import { rightsOf } from '../http/rights-of.ts';
import { unknownQuery } from '../http/unknown-in-app.ts';
import { projectorFor } from '../projector/projector.ts';
import { consistentWith } from '../queries/consistent-with.ts';
import { keyInput, listInput, listReading, ofList, rowReading } from '../queries/list-rows.ts';
import { queryReading } from '../queries/named-query.ts';
import type { ServedQuery } from '../queries/read-served-together.ts';
import type { Reading, RowObject } from '../queries/reading.ts';
import { ungrantedRows } from '../queries/ungranted-rows.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import type { Machinery } from '../runtime/machinery.ts';
import {
  keysByColumns,
  keysByContent,
  type RowKeys,
  resultTooLarge,
  sentRows,
} from './live-rows.ts';

type LiveReading = Reading<ResultRead>;

type ReadingOf = (served: Projection) => LiveReading | Failure;

/** A prepared query, as `read-wave` reads it. */
export interface ServedLiveQuery extends PreparedLiveQuery {
  readonly served: ServedQuery<ResultRead>;
  /** The failure of a query whose own code or SQL makes it impossible. */
  readonly failed: (error: unknown) => Failure;
  /** Personal data is plain in its rows. */
  readonly opensPersonal: boolean;
}

/** Prepares live queries. */
export function liveQueries(machinery: Machinery) {
  return (env: LedgeEnv, tenant: string, wanted: GroupQuery): ServedLiveQuery | Failure => {
    const { rows, opensPersonal = false } = wanted;
    const viewer = { tenant, rows, opensPersonal };
    const found = readingOfQuery(machinery.app, viewer, wanted);
    if (!found) return unknownQuery(machinery.app, wanted.query);
    const refused = ungrantedRows(viewer, found.tables);
    if (refused) return refused;
    const { projection, readingOf } = found;
    const failed = (error: unknown): Failure => {
      machinery.platform.log('error', { operation: 'query', query: wanted.query, error });
      return { outcome: 'failed' };
    };
    const reading = made(() => readingOf(projection), failed);
    if ('outcome' in reading) return reading;
    return {
      projection: projection.name,
      served: { projection, readingOf },
      failed,
      opensPersonal,
      bringUpTo: async (token, caller) => {
        const projector = projectorFor(machinery, env, await machinery.databases.of(env, tenant));
        const rights = rightsOf(machinery, { tenant, ...caller });
        return consistentWith(projector, { tenant, rights }, projection, token);
      },
    };
  };
}

interface FoundQuery {
  readonly projection: Projection;
  /** The tables that it may read. */
  readonly tables: readonly ReadModelTable[];
  readonly readingOf: ReadingOf;
}

function readingOfQuery(app: App, viewer: Viewer, wanted: SubscribedQuery): FoundQuery | undefined {
  const list = findList(app, wanted.query);
  if (list) {
    const { projection, table } = list;
    const readingOf = (served: Projection) =>
      ofList(list, (model) => {
        const reading = tableReading(viewer, model, wanted);
        return isDefined(projection, served) ? reading : withoutRow(reading);
      })(served);
    return { projection, tables: [table], readingOf };
  }
  const query = findQuery(app, wanted.query);
  const projection = query && findProjection(app, query.projection);
  if (!projection) return undefined;
  const { tables } = projection;
  return { projection, tables, readingOf: (served) => namedReading(viewer, query, wanted, served) };
}

/** Whether the code defines this version, and so knows the keys by which its rows change. */
function isDefined(projection: Projection, served: Projection): boolean {
  return served === projection || served === projection.previous;
}

function withoutRow(reading: LiveReading | Failure): LiveReading | Failure {
  if ('outcome' in reading) return reading;
  return { ...reading, answer: (...read) => ({ rows: reading.answer(...read).rows }) };
}

/** The schema of a named query may have transforms, which may throw. */
function made<Made>(make: () => Made, failed: (error: unknown) => Failure): Made | Failure {
  try {
    return make();
  } catch (error) {
    return failed(error);
  }
}

/** The previous version may lack the query: then the newest version's query is tried on its tables. */
function namedReading(
  viewer: Viewer,
  query: NamedQuery,
  { input = {}, key }: SubscribedQuery,
  served: Projection,
): LiveReading | Failure {
  if (key) return invalid('/key', 'Only the rows of a projection have a key.');
  const checked = query.written.safeParse(input);
  if (!checked.success) return invalidInput(checked.error, '/input');
  const own = served.queries.find(({ name }) => name === query.name) ?? query;
  return sent(queryReading(viewer, own, checked.data), keysByContent);
}

function tableReading(
  viewer: Viewer,
  model: ReadModelTable,
  { input, key }: SubscribedQuery,
): LiveReading | Failure {
  if (key === undefined) return pageReading(viewer, model, input ?? {});
  if (input) return invalid('/input', 'A row by its key takes no input.');
  return keyReading(viewer, model, key);
}

/** The first page: a result that changes has no second page. */
function pageReading(viewer: Viewer, model: ReadModelTable, input: object): LiveReading | Failure {
  const unfit = ['cursor', 'count'].find((name) => name in input);
  if (unfit !== undefined)
    return invalid(`/input/${unfit}`, 'A live list takes no such parameter.');
  const checked = listInput(model).safeParse(input);
  if (!checked.success) return invalidInput(checked.error, '/input');
  const reading = listReading(viewer, model, checked.data);
  if ('outcome' in reading) return reading;
  const rows: Reading<Rows | Failure> = {
    ...reading,
    answer: (results, cuts) => (cuts[0] ? resultTooLarge : reading.answer(results, cuts).rows),
  };
  return sent(rows, keysByColumns(model));
}

function keyReading(
  viewer: Viewer,
  model: ReadModelTable,
  parts: readonly string[],
): LiveReading | Failure {
  const { key } = model.definition;
  if (parts.length !== key.length) return invalid('/key', `The key is ${key.join(', ')}.`);
  const named = Object.fromEntries(key.map((name, index) => [name, parts[index]]));
  const checked = keyInput(model).safeParse(named);
  if (!checked.success) {
    return invalid('/key', checked.error.issues.map(({ message }) => message).join(' '));
  }
  const reading = rowReading(viewer, model, checked.data);
  const cells = Object.entries(checked.data);
  const stored = cells.map(([name, value]) => [name, cellNamed(model, name).encodeBound(value)]);
  const row = rowId({ table: model, key: Object.fromEntries(stored) });
  const rows: Reading<Rows> = {
    ...reading,
    answer: (...read) => [reading.answer(...read) ?? []].flat(),
  };
  return sent(rows, keysByColumns(model), row);
}

type Rows = readonly RowObject[];

function sent(reading: Reading<Rows | Failure>, keys: RowKeys, row?: string): LiveReading {
  return {
    ...reading,
    answer: (...read) => ({
      rows: sentOrRefused(reading.answer(...read), keys),
      ...(row !== undefined && { row }),
    }),
  };
}

function sentOrRefused(rows: Rows | Failure, keys: RowKeys): readonly LiveRow[] | Failure {
  if (!('outcome' in rows)) return sentRows(rows, keys);
  return rows.outcome === 'too-large' ? resultTooLarge : rows;
}
