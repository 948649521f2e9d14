/**
 * Ours: a socket outlives the withdrawal of its credential by this at most. The client opens another one by itself, and the
 * credential is checked again.
 */
export const SOCKET_MS_MAX = 600_000;
