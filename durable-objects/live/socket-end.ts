/** Why a socket is closed whose caller may see nothing more. */
import { EXPIRED_CODE, REVOKED_CODE } from '../../core/live/live-limits.ts';

export interface SocketEnd {
  readonly code: number;
  readonly reason: string;
}

/** A code of its own, after which the client opens a new socket. */
export const EXPIRED: SocketEnd = {
  code: EXPIRED_CODE,
  reason: 'The credential has expired. Reconnect with a new one.',
};

export const REVOKED: SocketEnd = {
  code: REVOKED_CODE,
  reason: 'The credential was revoked.',
};

/** Also where the credential itself goes on. */
export const DISMISSED: SocketEnd = {
  code: REVOKED_CODE,
  reason: 'The principal was blocked, or its tenant closed.',
};

/** The client reconnects with backoff, and is then authenticated by the Worker. */
export const UNCHECKED: SocketEnd = {
  code: 1013,
  reason: 'The credential cannot be checked just now. Reconnect.',
};
