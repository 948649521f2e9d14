/** A caller of the tenant `main` whose app has no access rules. */
import { unlimited } from '../../../core/access/caller-limits.ts';
import { noQuotas } from '../../../core/access/caller-quotas.ts';
import { Rights } from '../../../core/access/rights.ts';
import type { AuthorizedCaller } from '../../../worker/http/api-types.ts';

export function unrestrictedCaller(actor: string): AuthorizedCaller {
  const caller = { tenant: 'main', roles: [], claims: {} };
  const rights = Rights.unrestricted({ ...caller, id: actor });
  return {
    ...caller,
    actor,
    place: { index: 0, of: 1, name: 'DB' },
    suspension: null,
    rights,
    limits: unlimited,
    quotas: noQuotas,
  };
}
