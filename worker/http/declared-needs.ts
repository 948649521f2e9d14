/** The needs of a router's routes: each must declare one, in the table of `need.ts`. */
import type { Context, Hono } from 'hono';
import type { ApiTypes } from './api-types.ts';
import { belowBasePath } from './base-path.ts';
import { type Need, needOf } from './need.ts';
import { isRoute, type RouterEntry, routeOf } from './route-of.ts';

export function declaredNeeds(api: Hono<ApiTypes>, basePath: string) {
  const needAt = ({ path }: RouterEntry) => needOf(belowBasePath(path, basePath));
  return {
    /** The need of the route that will run. Without a route it is `caller`, so that only callers get a 404. */
    ofContext: (context: Context<ApiTypes>): Need | undefined => {
      const route = routeOf(context);
      return route ? needAt(route) : 'caller';
    },
    /** Called once every route is registered. */
    assertAll: (): void => {
      const open = api.routes.find((entry) => isRoute(entry) && !needAt(entry));
      if (!open) return;
      throw new Error(
        `The route ${open.method} ${open.path} declares no need. Add its address to the table in need.ts.`,
      );
    },
  };
}
