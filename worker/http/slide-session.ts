/** Lets the session of a browser that is in use last longer: the answer to a request replaces its cookie. */
import type { Context } from 'hono';
import type { ApiTypes } from './check-access.ts';

/** An answer that opens or ends a session keeps its own cookie. The route of sockets makes its answer by itself. */
export function slideSession({ get, res }: Context<ApiTypes>): void {
  const { setCookie } = get('caller');
  if (setCookie === undefined || res.webSocket || res.headers.has('set-cookie')) return;
  res.headers.set('set-cookie', setCookie);
}
