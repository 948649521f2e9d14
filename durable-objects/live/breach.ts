/**
 * Protocol violations that close a socket (RFC 6455, section 7.4.1). Every other fault is answered with a problem, and
 * the socket stays open.
 */
import { FRAME_CHARACTERS_MAX } from '../../core/live/live-protocol.ts';
import { FRAMES, type SocketConnection } from './connection.ts';
import type { SocketEnd } from './socket-end.ts';

/** Our limit. Longer than a frame may be, so that the subscription of a refused frame can be read. */
const READABLE_CHARACTERS_MAX = 65_536;

export function breachOf(
  connection: SocketConnection,
  message: string | ArrayBuffer,
): SocketEnd | undefined {
  if (typeof message !== 'string') {
    return { code: 1003, reason: 'A frame is JSON text; this one was binary.' };
  }
  if (message.length > READABLE_CHARACTERS_MAX) {
    const reason = `A frame has at most ${FRAME_CHARACTERS_MAX} characters; this one had ${message.length}.`;
    return { code: 1009, reason };
  }
  if (connection.allowsFrame()) return undefined;
  const { atOnce, perSecond } = FRAMES;
  return {
    code: 1008,
    reason: `Too many frames: ${atOnce} at once, ${perSecond} a second after that.`,
  };
}
