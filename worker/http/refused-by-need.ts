/** Whether a caller lacks what a route needs. */
import { OWN_TENANT } from '../../core/access/own-tenant.ts';
import { ungranted } from '../../core/access/rights.ts';
import type { Failure } from '../../core/aggregate/outcome.ts';
import type { AuthorizedCaller } from './api-types.ts';
import type { Need } from './need.ts';

/** Whether the caller lacks the need of a route; what a rule decides is asked behind it. */
export function refusedBy(
  need: Exclude<Need, 'public'> | undefined,
  { tenant, roles, rights, isVisiting, isUnrestricted }: AuthorizedCaller,
  method: string,
): Failure | undefined {
  const isOperator = roles.includes('operator');
  if (need === 'platform') {
    const isOfDeployment = tenant === OWN_TENANT || isVisiting || isUnrestricted;
    return isOperator && isOfDeployment ? undefined : notPlatform;
  }
  if (need === 'admin' && !roles.includes('admin')) return notAdmin;
  if (need === 'auditor') {
    return roles.some((role) => role === 'operator' || role === 'admin') ? undefined : notAuditor;
  }
  if (need === undefined || need === 'principal' || need === 'admin') return undefined;
  // The dead letters of the deployment are messages that no tenant has sent.
  if (tenant === OWN_TENANT) return isOperator && need === 'dead-letters' ? undefined : withoutData;
  if (need === 'caller' || isOperator) return undefined;
  if (need === 'operator') return notOperator;
  if (method === 'GET' || method === 'HEAD') {
    return rights.mayInspect(need) ? undefined : ungranted(`inspect ${need}`);
  }
  return rights.mayOperate(need) ? undefined : ungranted(`operate ${need}`);
}

const notAdmin: Failure = { outcome: 'forbidden', detail: 'Only an administrator may call this.' };
const notOperator: Failure = { outcome: 'forbidden', detail: 'Only an operator may call this.' };
const notPlatform: Failure = {
  outcome: 'forbidden',
  detail: `Only an operator of the deployment may call this: a principal of the tenant ${OWN_TENANT} with the role operator.`,
};
const notAuditor: Failure = {
  outcome: 'forbidden',
  detail: 'Only an operator or an administrator may call this.',
};
const withoutData: Failure = {
  outcome: 'forbidden',
  detail: 'This credential administers the deployment; it reaches no data of an app.',
};
