/** The limits of a socket of `/v1/live`. Separate from the frames' schemas, so that clients load no zod. */

/** Our limit. A client that needs more opens a second socket. */
export const SUBSCRIPTIONS_MAX = 64;
export const FRAME_CHARACTERS_MAX = 16_384;

/** Our limit on the consistency tokens of a frame or a query: each may wake an object. */
export const TOKENS_MAX = 20;

/** The platform answers it without waking the object: it is compared as a whole, and is not JSON. */
export const PING = 'ping';
export const PONG = 'pong';

/** The subprotocol of `/v1/live`: what a client offers beside its credential, and what the server chooses. */
export const LIVE_SUBPROTOCOL = 'ledge.live';

/** Followed by a ticket: a browser's WebSocket sends no header but its subprotocols. */
export const TICKET_SUBPROTOCOL = 'ledge.ticket.';

/** The credential of the socket has expired, as HTTP's 401: reconnect with a new one. */
export const EXPIRED_CODE = 4_401;

/** The credential of the socket was revoked, as HTTP's 403: final, unlike its expiry. */
export const REVOKED_CODE = 4_403;

/** Our limit on the bookmarks of responses that overlapped, which a query returns. */
export const BOOKMARKS_MAX = 16;
