/** The caller of a server that was started for local development, and the requests that such a server refuses. */
import { deploymentRoles } from '../../core/access/roles.ts';
import type { Failure } from '../../core/aggregate/outcome.ts';
import { DEFAULT_TENANT } from '../../core/aggregate/stream.ts';
import { commandText } from '../../core/package-name.ts';
import { isLoopback } from '../../core/protocol/loopback.ts';
import { hasKeys } from '../access/secrets.ts';
import { type LedgeEnv, namesIn } from '../runtime/env.ts';
import { refusedOrigin } from './origins.ts';

export const LOCAL_DEVELOPER = {
  tenant: DEFAULT_TENANT,
  actor: 'local-developer',
  roles: deploymentRoles,
  claims: {},
  isUnrestricted: true as const,
};

/** Whether local development answers without a credential, whatever is sent. */
export function isOpenLocally(env: LedgeEnv): boolean {
  return env.LEDGE_LOCAL_DEVELOPMENT === 'true' && !hasKeys(env);
}

export function refusedLocally(request: Request, env: LedgeEnv): Failure | undefined {
  return refusedHost(request, env) ?? refusedOrigin(request, env, 'machine');
}

/**
 * A name server of a stranger can lead its own name to this machine, and the browser takes the answers for that
 * stranger's page (DNS rebinding). A deployed Worker has no loopback name: there the variable alone opens nothing.
 */
function refusedHost({ url }: Request, env: LedgeEnv): Failure | undefined {
  const { hostname } = new URL(url);
  if (isLoopback(hostname) || namesIn(env.LEDGE_DEV_HOSTS).includes(hostname)) return undefined;
  const detail = `Local development answers under localhost alone, and ${hostname} is not named in LEDGE_DEV_HOSTS. Use localhost, or: ${commandText('dev --ip ADDRESS')}.`;
  return { outcome: 'forbidden', detail };
}
