/**
 * The credential of a WebSocket. A browser sends no header of a page's own with an upgrade, so the client offers its
 * token as a subprotocol beside the real one: it is not part of the address, which proxies and servers log.
 */
import { BEARER_SUBPROTOCOL, LIVE_SUBPROTOCOL } from '../../core/live/live-limits.ts';
import { isUpgrade } from './origins.ts';

/** What no header can hold, so that it is no credential. */
const NO_HEADER = /\p{Cc}/u;

/** The token that an upgrade offers; undefined where it offers none, or several. */
export function offeredToken(request: Request): string | undefined {
  if (!isUpgrade(request)) return undefined;
  const tokens = offered(request).filter((name) => name.startsWith(BEARER_SUBPROTOCOL));
  const [only, ...others] = tokens;
  if (only === undefined || others.length > 0) return undefined;
  return decoded(only.slice(BEARER_SUBPROTOCOL.length));
}

function decoded(text: string): string | undefined {
  try {
    const token = decodeURIComponent(text);
    return NO_HEADER.test(token) ? undefined : token;
  } catch {
    return undefined;
  }
}

/** A browser closes a socket whose server chose none of the subprotocols that it offered. */
export function withChosenSubprotocol(request: Request, { status, webSocket }: Response): Response {
  const headers: HeadersInit = offered(request).includes(LIVE_SUBPROTOCOL)
    ? { 'sec-websocket-protocol': LIVE_SUBPROTOCOL }
    : {};
  return new Response(null, { status, webSocket, headers });
}

function offered({ headers }: Request): string[] {
  return (headers.get('sec-websocket-protocol') ?? '').split(',').map((name) => name.trim());
}
