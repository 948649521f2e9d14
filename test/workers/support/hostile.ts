/** A hostile client: every request has to result in a problem, with nothing stored. */
import { runInDurableObject } from 'cloudflare:test';
import { expect } from 'vitest';
import * as z from 'zod';
import type { Failure } from '../../../core/aggregate/outcome.ts';
import { problemStatus } from '../../../core/protocol/problem.ts';
import type { Operation } from '../../../worker/api/openapi/operation.ts';
import { testApp } from './entry.ts';
import { env, fetchWorker, objectOf, rowsOf } from './harness.ts';
import { documentOf } from './held-ledge.ts';
import { objectIds } from './object-ids.ts';

export type Kind = Failure['outcome'];

export const document = documentOf(testApp);

const problem = z.fromJSONSchema(document.components.schemas.Problem ?? false);

/** Texts that must never leave the server: stack traces, SQL, and a domain's error messages. */
const INSIDE = /\\n +at |\.ts:|node_modules|SQLITE|D1_|SELECT |INSERT |secret/;

/** Everything that the document describes, with each parameter of a path given its own name. */
export function operations(): { method: string; path: string; operation: Operation }[] {
  return Object.entries(document.paths).flatMap(([template, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path: template.replaceAll(/[{}]/g, ''),
      operation,
    })),
  );
}

/** Sends the request; the answer must be a problem of that kind. */
export async function expectProblem(kind: Kind, path: string, init: RequestInit = {}) {
  const response = await fetchWorker(path, init);
  const text = await response.text();
  expect({ status: response.status, text }).toMatchObject({ status: problemStatus(kind) });
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(text).not.toMatch(INSIDE);
  const body: unknown = JSON.parse(text);
  expectDescribed(body, kind);
  return { headers: response.headers, body };
}

/** The body as the document describes it. */
export function expectDescribed(body: unknown, kind: Kind): void {
  problem.parse(body);
  expect(body).toMatchObject({ type: `/problems/${kind}`, status: problemStatus(kind) });
}

/** No table of ours in the stream's object, no row in D1 except the serving set of this deployment. */
export async function expectNothingStored(stream: string): Promise<void> {
  const tables = await runInDurableObject(objectOf(stream), (_object, { storage }) =>
    storage.sql.exec(OUR_TABLES).one(),
  );
  expect(tables).toEqual({ n: 0 });
  expect(await rowsInD1()).toBe(0);
}

const OUR_TABLES =
  "SELECT count(*) AS n FROM sqlite_master WHERE name IN ('event', 'command', 'object')";

/** Of every table except those of the serving set; where tenants of the tests reside is no result of a request. */
export async function rowsInD1(): Promise<number> {
  const tables = await rowsOf<{ name: string }>(
    `SELECT name FROM sqlite_master WHERE type = 'table'
     AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '_cf_*' AND name NOT GLOB 'd1_*'
     AND name NOT IN ('serving_set', 'generation', 'storage_format', 'residence')`,
  );
  const counts = [
    ...tables.map(({ name }) => `(SELECT count(*) FROM "${name}")`),
    "(SELECT count(*) FROM residence WHERE tenant NOT IN ('ledge', 'main'))",
  ];
  const [row] = await rowsOf<{ n: number }>(`SELECT ${counts.join(' + ')} AS n`);
  return row?.n ?? Number.NaN;
}

/** The number of objects: a request that is refused before wakes none. */
export async function objectCount(): Promise<number> {
  const ids = await objectIds(env.AGGREGATE);
  return ids.length;
}
