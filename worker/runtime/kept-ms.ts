/**
 * Ours: how long an isolate keeps what the object of a key, a session or a tenant has answered, and so how long a
 * revocation, a block and a suspension wait for their effect.
 */
export const KEPT_MS = 10_000;
