/** `GET /v1/me`: the caller, as its credential names it. */
import { Routes } from '../../http/routes.ts';

export function meRoute(): Routes {
  return new Routes().get('/', (context) => {
    const { actor, tenant, roles, claims, expiresAt } = context.get('caller');
    const answer = {
      id: actor,
      tenant,
      roles,
      claims,
      expiresAt: expiresAt?.toISOString() ?? null,
    };
    return Response.json(answer, { headers: { 'cache-control': 'no-store' } });
  });
}
