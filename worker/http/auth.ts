/**
 * The caller of a request and its tenant. Fails closed: as long as there are no credentials to check, only a server
 * that was started for local development answers, to names of its own machine and to pages of its own origin.
 */

import type { MiddlewareHandler } from 'hono';
import type { Failure } from '../../core/aggregate/outcome.ts';
import { DEFAULT_TENANT } from '../../core/aggregate/stream.ts';
import { commandText } from '../../core/package-name.ts';
import { isLoopback } from '../../core/protocol/loopback.ts';
import { type LedgeEnv, namesIn } from '../runtime/env.ts';
import { refusedOrigin } from './origins.ts';
import { problemResponse } from './problem-response.ts';

/** Taken from the credential, never from the path, the query or the body. */
export interface Caller {
  readonly tenant: string;
  readonly actor: string;
}

/** What Hono carries through a request. */
export interface ApiTypes {
  Bindings: LedgeEnv;
  Variables: { caller: Caller };
}

/** Until credentials come, every caller that may enter is this one. */
const LOCAL_DEVELOPER: Caller = { tenant: DEFAULT_TENANT, actor: 'local-developer' };

export const authenticate: MiddlewareHandler<ApiTypes> = async ({ env, req, set }, next) => {
  if (env.LEDGE_LOCAL_DEVELOPMENT !== 'true') return problemResponse({ outcome: 'unauthorized' });
  const refused = refusedHost(req.raw, env) ?? refusedOrigin(req.raw, env, 'machine');
  if (refused) return problemResponse(refused);
  set('caller', LOCAL_DEVELOPER);
  return next();
};

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
