/**
 * The ticket of a WebSocket. A browser sends no header of a page's own with an upgrade, so the client offers a ticket as a
 * subprotocol beside the real one: it is not part of the address, which proxies and servers log.
 */
import { LIVE_SUBPROTOCOL, TICKET_SUBPROTOCOL } from '../../core/live/live-limits.ts';
import { belowBasePath } from './base-path.ts';
import { isUpgrade } from './origins.ts';

/** The one address that takes tickets: only a Live object knows which were used. */
const SOCKET_PATH = '/v1/live';

/** The ticket that an upgrade offers; undefined where it offers none, or several. */
export function offeredTicket(request: Request, basePath: string): string | undefined {
  if (!isUpgrade(request) || request.headers.has('authorization')) return undefined;
  if (belowBasePath(new URL(request.url).pathname, basePath) !== SOCKET_PATH) return undefined;
  const tickets = offered(request).filter((name) => name.startsWith(TICKET_SUBPROTOCOL));
  return tickets.length === 1 ? tickets[0]?.slice(TICKET_SUBPROTOCOL.length) : undefined;
}

/**
 * The answer to an upgrade. A browser closes a socket whose server chose none of the subprotocols that it offered.
 * `setCookie`: of a session that lasts longer from here on.
 */
export function upgraded(
  request: Request,
  { status, webSocket }: Response,
  setCookie: string | undefined,
): Response {
  const headers = {
    ...(offered(request).includes(LIVE_SUBPROTOCOL) && {
      'sec-websocket-protocol': LIVE_SUBPROTOCOL,
    }),
    ...(setCookie !== undefined && { 'set-cookie': setCookie }),
  };
  return new Response(null, { status, webSocket, headers });
}

function offered({ headers }: Request): string[] {
  return (headers.get('sec-websocket-protocol') ?? '').split(',').map((name) => name.trim());
}
