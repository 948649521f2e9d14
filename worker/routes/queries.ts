/** `GET /v1/queries/…`: a projection's built-in list and get, and named queries, all for the caller's tenant alone. */
import { type Context, Hono } from 'hono';
import { findProjection, findQuery } from '../../core/app.ts';
import { type Failure, invalid } from '../../core/outcome.ts';
import type { NamedQuery, Projection } from '../../core/projection.ts';
import type { ApiTypes } from '../http/auth.ts';
import { nextLink } from '../http/cursor.ts';
import { invalidParameters } from '../http/input-errors.ts';
import { problemResponse } from '../http/problem-response.ts';
import type { Machinery } from '../machinery.ts';
import { consistentWith } from '../queries/consistent-with.ts';
import { getRow, listRows } from '../queries/list-rows.ts';
import { runQuery } from '../queries/run-query.ts';

type ApiContext = Context<ApiTypes>;

export function queriesRoute(machinery: Machinery): Hono<ApiTypes> {
  const { app, platform } = machinery;
  const routes = new Hono<ApiTypes>();
  const broughtUpToDate = (context: ApiContext, projection: Projection) =>
    consistentWith(
      machinery,
      context.env,
      context.get('caller').tenant,
      projection,
      context.req.header('consistent-with'),
    );

  routes.get('/:name', async (context) => {
    const name = context.req.param('name');
    const query = findQuery(app, name);
    const projection = findProjection(app, query?.projection ?? name);
    if (!projection) return problemResponse({ outcome: 'unknown', what: 'query', name });
    const stale = await broughtUpToDate(context, projection);
    if (stale) return problemResponse(stale);
    const database = platform.database(context.env, context.get('caller').tenant);
    return query
      ? answerQuery(context, database, query)
      : answerList(context, database, projection);
  });

  routes.get('/:name/:key', async (context) => {
    const { name } = context.req.param();
    const projection = findProjection(app, name);
    if (!projection) return problemResponse({ outcome: 'unknown', what: 'projection', name });
    const stale = await broughtUpToDate(context, projection);
    if (stale) return problemResponse(stale);
    const database = platform.database(context.env, context.get('caller').tenant);
    return answerRow(context, database, projection);
  });

  return routes;
}

async function answerList(
  context: ApiContext,
  database: D1Database,
  projection: Projection,
): Promise<Response> {
  const { tenant } = context.get('caller');
  const page = await listRows(database, tenant, projection.tables[0], context.req.query());
  if ('outcome' in page) return problemResponse(page);
  const headers = page.cursor === undefined ? {} : nextLink(context.req.url, page.cursor);
  return Response.json(page, { headers });
}

async function answerQuery(
  context: ApiContext,
  database: D1Database,
  query: NamedQuery,
): Promise<Response> {
  const input = query.input.safeParse(context.req.query());
  if (!input.success) return problemResponse(invalidParameters(input.error));
  const rows = await runQuery(database, context.get('caller').tenant, query, input.data);
  return Response.json({ rows });
}

async function answerRow(
  context: ApiContext,
  database: D1Database,
  projection: Projection,
): Promise<Response> {
  const [model] = projection.tables;
  const key = keyParts(context.req.url);
  if (key?.length !== model.definition.key.length)
    return problemResponse(wrongKey(model.definition.key));
  const row = await getRow(database, context.get('caller').tenant, model, key);
  const name = key.join(',');
  return row
    ? Response.json(row)
    : problemResponse({ outcome: 'unknown', what: `row of ${projection.name}`, name });
}

/** The raw last segment: a composite key is comma-joined, and each part percent-encoded on its own. */
function keyParts(url: string): string[] | undefined {
  const segment = new URL(url).pathname.split('/').at(-1) ?? '';
  try {
    return segment.split(',').map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

function wrongKey(key: readonly string[]): Failure {
  return invalid('key', `The key is ${key.join(',')}, each part percent-encoded.`);
}
