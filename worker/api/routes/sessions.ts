/**
 * `/v1/sessions`: a browser's session, opened with an API key and ended. For pages of this origin: the cookie is sent by
 * no other.
 */
import { wrongState } from '../../../core/aggregate/outcome.ts';
import { endedSession, openSession } from '../../access/session.ts';
import { endSession } from '../../administration/end-session.ts';
import { Routes } from '../../http/routes.ts';
import type { Machinery } from '../../runtime/machinery.ts';

export function sessionsRoute(machinery: Machinery): Routes {
  const { authenticate, platform } = machinery;
  const routes = new Routes();

  routes.post('/', ({ env, req, get }) => {
    const { key, expiresAt } = get('caller');
    if (authenticate) return foreignSessions;
    // A session opens none: it would have no end.
    if (!key || !req.raw.headers.has('authorization')) return withoutKey;
    const opened = openSession(env, platform.nowMs(), key, expiresAt);
    if (!opened) return withoutKey;
    const headers = { 'set-cookie': opened.setCookie, 'cache-control': 'no-store' };
    return Response.json({ expiresAt: opened.expiresAt }, { status: 201, headers });
  });

  routes.delete('/', async ({ env, get }) => {
    // Where the end cannot be stored the browser keeps the cookie, and can try again.
    const failure = await endSession(env, machinery, get('caller'));
    if (failure) return failure;
    const headers = { 'set-cookie': endedSession, 'cache-control': 'no-store' };
    return new Response(null, { status: 204, headers });
  });

  return routes;
}

const foreignSessions = wrongState(
  'The Worker names its callers by a function of its own, and has its own sessions.',
);
const withoutKey = wrongState(
  'A session is opened with an API key in Authorization, where LEDGE_SECRET is set.',
);
