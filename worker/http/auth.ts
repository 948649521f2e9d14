/**
 * Who is asking, and for which tenant. Fails closed: as long as there are no credentials to check, only a server that
 * was started for local development answers.
 */
import type { MiddlewareHandler } from 'hono';
import { DEFAULT_TENANT } from '../../core/stream.ts';
import type { LedgeEnv } from '../env.ts';
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

/** Until credentials come, everybody who may enter is this one. */
const LOCAL_DEVELOPER: Caller = { tenant: DEFAULT_TENANT, actor: 'local-developer' };

export const authenticate: MiddlewareHandler<ApiTypes> = async (context, next) => {
  if (context.env.LEDGE_LOCAL_DEVELOPMENT !== 'true') {
    return problemResponse({ outcome: 'unauthorized' });
  }
  context.set('caller', LOCAL_DEVELOPER);
  return next();
};
