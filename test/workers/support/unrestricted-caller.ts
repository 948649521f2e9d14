/** A caller of the tenant `main` whose app has no access rules. */
import { unlimited } from '../../../core/access/caller-limits.ts';
import { noQuotas } from '../../../core/access/caller-quotas.ts';
import { Rights } from '../../../core/access/rights.ts';
import type { AuthorizedCaller } from '../../../worker/http/api-types.ts';
import { env } from './harness.ts';

export function unrestrictedCaller(actor: string): AuthorizedCaller {
  const caller = { tenant: 'main', roles: [], claims: {} };
  const rights = Rights.unrestricted({ ...caller, id: actor });
  const placement = {
    index: 0,
    of: 1,
    name: 'DB',
    database: env.DB,
    bucket: undefined,
    jurisdiction: null,
  };
  return {
    ...caller,
    actor,
    placement,
    suspension: null,
    rights,
    limits: unlimited,
    quotas: noQuotas,
  };
}
