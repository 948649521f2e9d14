/** The rights of a caller: by the access rules of the app, or everything in its tenant where the app has none. */
import { Rights } from '../../core/access/rights.ts';
import type { Machinery } from '../runtime/machinery.ts';

/** Of a request, or of a socket that it has opened. */
export interface RuledCaller {
  readonly tenant: string;
  readonly actor: string;
  readonly roles: readonly string[];
  readonly claims: Readonly<Record<string, unknown>>;
  /** Everything in its tenant is granted, whatever the access rules: local development. */
  readonly isUnrestricted?: true | undefined;
}

export function rightsOf(
  { access, platform }: Pick<Machinery, 'access' | 'platform'>,
  { actor: id, tenant, roles, claims, isUnrestricted }: RuledCaller,
): Rights {
  const principal = { id, tenant, roles, claims };
  if (!access || isUnrestricted) return Rights.unrestricted(principal);
  return Rights.of(access, principal, (error) =>
    platform.log('error', { operation: 'access-rule', tenant, error }),
  );
}
