/**
 * A live query as server-sent events, for clients without a WebSocket. The Worker holds the stream and a socket of its
 * own to the Live object, which so may sleep while nothing changes. Whichever ends first, ends the other.
 */
import { PING, PONG, type SubscribeFrame } from '../../core/live-protocol.ts';

/** How soon a client whose stream ended comes back; browsers wait a little differently each. Ours. */
const RETRY_MS = 2_000;

/**
 * Finds readers that have left, keeps a proxy from closing a silent stream, and shows the Live object that the stream
 * is alive. A write to a connection that its reader has closed fails at the second attempt: so within two of these the
 * place is given back. Ours.
 */
const HEARTBEAT_MS = 15_000;

/** After so many heartbeats, a minute, in which nothing was taken to be sent, the stream ends. Ours. */
const UNREAD_HEARTBEATS_MAX = 4;

/** What may wait for a reader who does not read. Then the stream ends, and the reader may come back. Ours. */
const WAITING_BYTES_MAX = 4_000_000;

export function eventStream(
  socket: WebSocket,
  subscription: SubscribeFrame,
  gone: AbortSignal,
): Response {
  const encoder = new TextEncoder();
  let heartbeat: ReturnType<typeof setInterval> | undefined;
  let hasEnded = false;
  let [saidBytes, takenBytes, unreadBeats] = [0, 0, 0];
  const end = () => {
    hasEnded = true;
    clearInterval(heartbeat);
    socket.close(1000, 'The stream has ended.');
  };
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const say = (text: string) => {
          if (hasEnded) return;
          const bytes = encoder.encode(text);
          saidBytes += bytes.byteLength;
          controller.enqueue(bytes);
          if ((controller.desiredSize ?? 0) < 0) stop();
        };
        const stop = () => {
          if (hasEnded) return;
          end();
          controller.close();
        };
        /** Whether the platform has sent anything since the last beat; each beat says something, so a reader takes some. */
        const isRead = () => {
          const before = takenBytes;
          takenBytes = saidBytes - WAITING_BYTES_MAX + (controller.desiredSize ?? 0);
          return takenBytes > before;
        };
        say(`retry: ${RETRY_MS}\n\n`);
        socket.addEventListener('message', ({ data }) => {
          if (data !== PONG) say(eventOf(String(data)));
        });
        socket.addEventListener('close', stop, { once: true });
        gone.addEventListener('abort', stop, { once: true });
        heartbeat = setInterval(() => {
          unreadBeats = isRead() ? 0 : unreadBeats + 1;
          if (unreadBeats >= UNREAD_HEARTBEATS_MAX) return stop();
          say(': still here\n\n');
          socket.send(PING);
        }, HEARTBEAT_MS);
        socket.accept();
        socket.send(JSON.stringify(subscription));
      },
      cancel: end,
    },
    new ByteLengthQueuingStrategy({ highWaterMark: WAITING_BYTES_MAX }),
  );
  return eventStreamResponse(body);
}

export function eventStreamResponse(body: ReadableStream<Uint8Array> | null): Response {
  return new Response(body, {
    headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' },
  });
}

/** JSON has no line breaks. What a browser's EventSource calls `error` is its own, so a problem is not called so. */
function eventOf(text: string): string {
  const { type, seq }: { readonly type: string; readonly seq?: string } = JSON.parse(text);
  const id = seq === undefined ? '' : `id: ${seq}\n`;
  return `event: ${type === 'error' ? 'problem' : type}\n${id}data: ${text}\n\n`;
}
