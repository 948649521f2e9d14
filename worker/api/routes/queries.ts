/** `GET /v1/queries/…`: a projection's built-in list and get, and named queries: the rows that the caller may see. */

import { type Failure, invalid } from '../../../core/aggregate/outcome.ts';
import { findList, findProjection, findQuery } from '../../../core/app.ts';
import type { Projection } from '../../../core/projection/projection.ts';
import type { NamedQuery } from '../../../core/projection/projection-query.ts';
import type { Viewer } from '../../../core/projection/row-scope.ts';
import type { ReadModelTable } from '../../../core/projection/table.ts';
import { viewerOf } from '../../http/api-types.ts';
import { taggedJson } from '../../http/entity-tag.ts';
import { invalidParameters } from '../../http/input-errors.ts';
import { decodedParts, lastSegment } from '../../http/path-parts.ts';
import { readQuery } from '../../http/query-parameters.ts';
import type { Read } from '../../http/read-json.ts';
import { Routes } from '../../http/routes.ts';
import { unknownList, unknownQuery } from '../../http/unknown-in-app.ts';
import { keyInput, ofList, rowReading } from '../../queries/list-rows.ts';
import { queryReading } from '../../queries/named-query.ts';
import type { Reading, RowObject } from '../../queries/reading.ts';
import { ungrantedRows } from '../../queries/ungranted-rows.ts';
import type { Machinery } from '../../runtime/machinery.ts';
import { ServingRows } from './serving-rows.ts';

export function queriesRoute(machinery: Machinery): Routes {
  const { app } = machinery;
  const routes = new Routes();
  const rows = new ServingRows(machinery);

  routes.get('/:name', (context) => {
    const name = context.req.param('name');
    const viewer = viewerOf(context.get('caller'));
    const list = findList(app, name);
    if (list) return ungrantedRows(viewer, [list.table]) ?? rows.page(context, list, viewer);
    const query = findQuery(app, name);
    const projection = query && findProjection(app, query.projection);
    if (!projection) return unknownQuery(app, name);
    const refused = ungrantedRows(viewer, projection.tables);
    if (refused) return refused;
    const { url, raw } = context.req;
    const readingOf = (served: Projection) => namedReading(url, viewer, query, served);
    return rows.answer(context, projection, readingOf, (found) =>
      'outcome' in found ? found : taggedJson(raw, { rows: found }),
    );
  });

  routes.get('/:name/:key', (context) => {
    const { name } = context.req.param();
    const list = findList(app, name);
    if (!list) return unknownList(app, name);
    const viewer = viewerOf(context.get('caller'));
    const refused = ungrantedRows(viewer, [list.table]);
    if (refused) return refused;
    const { url, raw } = context.req;
    const readingOf = ofList(list, (model) => keyReading(url, viewer, model));
    return rows.answer(context, list.projection, readingOf, (row) =>
      row ? taggedJson(raw, row) : noRow(name, url),
    );
  });

  return routes;
}

/** A version that is kept as previous may not have the query yet: then the newest one's is tried on its tables. */
function namedReading(
  url: string,
  viewer: Viewer,
  query: NamedQuery,
  served: Projection,
): Reading<readonly RowObject[] | Failure> | Failure {
  const input = readQuery(url, query.written);
  if ('outcome' in input) return input;
  const own = served.queries.find(({ name }) => name === query.name) ?? query;
  return queryReading(viewer, own, input.value);
}

function keyReading(
  url: string,
  viewer: Viewer,
  model: ReadModelTable,
): Reading<RowObject | undefined> | Failure {
  const key = readKey(url, model);
  return 'outcome' in key ? key : rowReading(viewer, model, key.value);
}

function noRow(list: string, url: string): Failure {
  const name = (decodedParts(lastSegment(url)) ?? []).join(',');
  return { outcome: 'unknown', what: `row of ${list}`, name };
}

/** The raw last segment: a composite key is comma-joined, and each part percent-encoded on its own. */
function readKey(url: string, model: ReadModelTable): Read<Readonly<Record<string, unknown>>> {
  const { key } = model.definition;
  const parts = decodedParts(lastSegment(url));
  if (parts?.length !== key.length) {
    return invalid('key', `The key is ${key.join(',')}, each part percent-encoded.`);
  }
  const named = Object.fromEntries(key.map((name, index) => [name, parts[index]]));
  const input = keyInput(model).safeParse(named);
  return input.success ? { value: input.data } : invalidParameters(input.error);
}
