/** How a socket ends whose credential has expired: with a code of its own, after which the client opens a new one. */
import { EXPIRED_CODE } from '../../core/live/live-limits.ts';

export const EXPIRED = {
  code: EXPIRED_CODE,
  reason: 'The credential has expired. Reconnect with a new one.',
} as const;
