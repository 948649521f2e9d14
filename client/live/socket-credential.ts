/** A token as a subprotocol of a WebSocket: a browser lets a page send no other header with it. */
import { BEARER_SUBPROTOCOL, LIVE_SUBPROTOCOL } from '../../core/live/live-limits.ts';

/** What a socket offers; nothing without a token. Percent-encoded, parentheses too: a subprotocol has none of those. */
export function subprotocolsFor(token: string | undefined): string[] {
  if (token === undefined) return [];
  const encoded = encodeURIComponent(token).replaceAll('(', '%28').replaceAll(')', '%29');
  return [LIVE_SUBPROTOCOL, BEARER_SUBPROTOCOL + encoded];
}
