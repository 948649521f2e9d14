/** What a socket of `/v1/live` carries. Apart from the frames' schemas, so that clients bring no zod. */

/** Ours. A socket that needs more is better two: each has its own. */
export const SUBSCRIPTIONS_MAX = 64;
export const FRAME_CHARACTERS_MAX = 16_384;

/** Ours: consistency tokens that a frame or a query may have. Each may wake an object. */
export const TOKENS_MAX = 20;

/** As the platform answers without waking the object: not JSON, and compared whole. */
export const PING = 'ping';
export const PONG = 'pong';

/** The subprotocol of `/v1/live`: what a client offers beside its credential, and what the server chooses. */
export const LIVE_SUBPROTOCOL = 'ledge.live';

/** Followed by the bearer token, percent-encoded: a browser's WebSocket sends no header but its subprotocols. */
export const BEARER_SUBPROTOCOL = 'ledge.bearer.';

/** The credential of the socket has expired, as HTTP's 401: reconnect with a new one. */
export const EXPIRED_CODE = 4_401;
