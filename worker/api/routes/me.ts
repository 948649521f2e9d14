/** `GET /v1/me`: the caller, as its credential names it, and what it may do. */
import type { App } from '../../../core/app.ts';
import { grantedTo } from '../../http/granted-to.ts';
import { Routes } from '../../http/routes.ts';
import { unstored } from '../../http/unstored.ts';

export function meRoute({ app }: { readonly app: App }): Routes {
  return new Routes().get('/', (context) => {
    const caller = context.get('caller');
    const { actor, tenant, roles, claims, expiresAt } = caller;
    const answer = {
      id: actor,
      tenant,
      roles,
      claims,
      expiresAt: expiresAt?.toISOString() ?? null,
      may: grantedTo(app, caller),
    };
    return unstored(answer);
  });
}
