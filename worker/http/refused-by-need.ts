/** Whether a caller lacks what a route needs. */
import { OWN_TENANT } from '../../core/access/own-tenant.ts';
import { ungranted } from '../../core/access/rights.ts';
import type { Failure } from '../../core/aggregate/outcome.ts';
import type { AuthorizedCaller } from './api-types.ts';
import type { AuthenticatedCaller } from './authenticate-caller.ts';
import type { Need } from './need.ts';

/** Whether the caller lacks the need of a route; what a rule decides is asked behind it. */
export function refusedBy(
  need: Exclude<Need, 'public' | 'inbound'> | undefined,
  caller: AuthorizedCaller,
  method: string,
): Failure | undefined {
  const { tenant, roles, rights } = caller;
  const isOperator = roles.includes('operator');
  if (need === 'platform') return isOperator && isOfDeployment(caller) ? undefined : notPlatform;
  if (need === 'platform-monitor') {
    const isMonitor = isOperator || roles.includes('monitor');
    return isMonitor && isOfDeployment(caller) ? undefined : notMonitor;
  }
  if (need === 'platform-admin') {
    return roles.includes('admin') && isOfDeployment(caller) ? undefined : platformAdminOnly;
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

/** One of Ledge's own tenant, wherever it operates; local development has one caller for everything. */
export function isOfDeployment({
  tenant,
  isVisiting,
  isUnrestricted,
}: AuthenticatedCaller): boolean {
  return tenant === OWN_TENANT || isVisiting === true || isUnrestricted === true;
}

export const platformAdminOnly: Failure = {
  outcome: 'forbidden',
  detail: `Only an administrator of the deployment may do this: one of the tenant ${OWN_TENANT}.`,
};

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
const notMonitor: Failure = {
  outcome: 'forbidden',
  detail: `Only a monitor of the deployment may call this: a principal of the tenant ${OWN_TENANT} with the role monitor or operator.`,
};
const withoutData: Failure = {
  outcome: 'forbidden',
  detail: 'This credential administers the deployment; it reaches no data of an app.',
};
