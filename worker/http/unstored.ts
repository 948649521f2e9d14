/** Answers that no cache may keep: keys, tenants, what a caller may do. */
import type { Failure } from '../../core/aggregate/outcome.ts';
import { nextLink } from './cursor.ts';
import type { RouteAnswer } from './routes.ts';

export function unstored(
  found: object | Failure,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): RouteAnswer {
  if ('outcome' in found) return found;
  return Response.json(found, { status, headers: { 'cache-control': 'no-store', ...headers } });
}

/** A page of a list, with the address of the next one. */
export function unstoredPage(
  url: string,
  page: { readonly cursor?: string } | Failure,
): RouteAnswer {
  const next = 'cursor' in page ? page.cursor : undefined;
  return unstored(page, 200, next === undefined ? {} : nextLink(url, 'cursor', next));
}
