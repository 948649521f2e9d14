/**
 * A live query as server-sent events, for those without a WebSocket. The Worker holds the stream and a socket of its
 * own to the Live object, which so may sleep while nothing changes. Called by the route `/v1/live/{query}`.
 */
import { PING, PONG, type SubscribeFrame } from '../../core/live-protocol.ts';

/** How soon a client whose stream ended comes back; browsers wait a little differently each. Ours. */
const RETRY_MS = 2_000;

/**
 * Finds out who has gone without a word, keeps what lies between from closing a silent stream, and tells the Live
 * object that somebody is there. Ours.
 */
const HEARTBEAT_MS = 25_000;

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
          controller.enqueue(encoder.encode(text));
          if ((controller.desiredSize ?? 0) < 0) stop();
        };
        const stop = () => {
          if (hasEnded) return;
          end();
          controller.close();
        };
        say(`retry: ${RETRY_MS}\n\n`);
        socket.addEventListener('message', ({ data }) => {
          if (data !== PONG) say(eventOf(String(data)));
        });
        socket.addEventListener('close', stop, { once: true });
        gone.addEventListener('abort', stop, { once: true });
        heartbeat = setInterval(() => {
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
