/** The route that will run, or has run, for a request; undefined where none fits. */
import type { Context } from 'hono';
import { matchedRoutes } from 'hono/route';
import type { ApiTypes } from './api-types.ts';

export interface RouterEntry {
  readonly method: string;
  readonly path: string;
}

export function routeOf(context: Context<ApiTypes>): RouterEntry | undefined {
  return matchedRoutes(context).find(isRoute);
}

/** Everything else is middleware, which is registered for all methods and addresses. */
export function isRoute({ method, path }: RouterEntry): boolean {
  return method !== 'ALL' || path !== '/*';
}
