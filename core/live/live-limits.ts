/** The limits of a socket of `/v1/live`. Separate from the frames' schemas, so that clients load no zod. */

/** Our limit. A client that needs more opens a second socket. */
export const SUBSCRIPTIONS_MAX = 64;
export const FRAME_CHARACTERS_MAX = 16_384;

/** Our limit on the consistency tokens of a frame or a query: each may wake an object. */
export const TOKENS_MAX = 20;

/** The platform answers it without waking the object: it is compared as a whole, and is not JSON. */
export const PING = 'ping';
export const PONG = 'pong';
