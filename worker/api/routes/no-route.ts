/**
 * What no route answers. The router itself knows which other methods an address has, so that 405 and its `Allow`
 * need no list to be kept. Addresses are taken literally: with a slash at the end they are others.
 */
import type { Hono, NotFoundHandler } from 'hono';
import type { ApiTypes } from '../../http/api-types.ts';
import { responding } from '../../http/routes.ts';
import { unknownAddress } from '../../http/unknown-in-app.ts';
import type { Machinery } from '../../runtime/machinery.ts';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

export function noRoute(
  api: Hono<ApiTypes>,
  { app, basePath }: Machinery,
): NotFoundHandler<ApiTypes> {
  return responding(({ req }) => {
    const allowed = methodsAt(api, req.path);
    if (allowed.length === 0) return unknownAddress(app, req.path, basePath);
    if (req.method !== 'OPTIONS') return { outcome: 'method-not-allowed', allowed };
    return new Response(null, { status: 204, headers: { allow: allowed.join(', ') } });
  });
}

/** Middleware is registered for all methods; it does not make an address. Who has GET has HEAD. */
function methodsAt({ router }: Hono<ApiTypes>, path: string): string[] {
  const known = METHODS.filter((method) => {
    const [handlers] = router.match(method, path);
    return handlers.some(([[, route]]) => route.method === method);
  });
  return known.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
}
