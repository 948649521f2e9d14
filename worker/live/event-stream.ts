/**
 * A live query as server-sent events, for clients without a WebSocket. The Worker holds the stream and its own socket
 * to the Live object, which can hibernate while nothing changes. The socket is closed with the stream, and the stream
 * ends when its reader stops reading.
 */

import { PING, PONG, type SubscribeFrame } from '../../core/live/live-protocol.ts';
import type { PollPlace } from '../access/open-polls.ts';

/** The delay until a client reconnects after the stream ended; browsers vary it. Our value. */
const RETRY_MS = 2_000;

/**
 * Detects readers that disconnected silently, keeps proxies from closing an idle stream, and pings the object. Our
 * value.
 */
const HEARTBEAT_MS = 15_000;

/** The stream ends after this time without a read of it or without a pong of the object. Our value. */
export const SILENT_MS = 60_000;

/** Our limit on unread bytes. */
const WAITING_BYTES_MAX = 4_000_000;

export function eventStream(
  socket: WebSocket,
  subscription: SubscribeFrame,
  gone: AbortSignal,
  place: PollPlace,
): Response {
  let close = () => undefined;
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        close = openEvents(controller, socket, gone, place);
        socket.send(JSON.stringify(subscription));
      },
      cancel: () => close(),
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

type Controller = ReadableStreamDefaultController<Uint8Array>;

/** Returns the function that closes the socket. */
function openEvents(
  controller: Controller,
  socket: WebSocket,
  gone: AbortSignal,
  place: PollPlace,
): () => undefined {
  const encoder = new TextEncoder();
  const reader = new ReaderWatch(() => WAITING_BYTES_MAX - (controller.desiredSize ?? 0));
  let lastFrameMs = Date.now();
  let hasEnded = false;
  const close = () => {
    hasEnded = true;
    clearInterval(heartbeat);
    place.leave();
    socket.close(1000, 'The stream has ended.');
    return undefined;
  };
  const end = () => {
    if (hasEnded) return;
    close();
    controller.close();
  };
  const say = (text: string) => {
    if (hasEnded) return;
    const bytes = encoder.encode(text);
    controller.enqueue(bytes);
    reader.wrote(bytes.byteLength);
    if ((controller.desiredSize ?? 0) < 0) end();
  };
  const heartbeat = setInterval(() => {
    place.keepUntil(Date.now() + SILENT_MS);
    say(': still here\n\n');
    if (Math.min(lastFrameMs, reader.lastReadMs()) <= Date.now() - SILENT_MS) end();
    else if (!hasEnded) socket.send(PING);
  }, HEARTBEAT_MS);
  say(`retry: ${RETRY_MS}\n\n`);
  socket.addEventListener('message', ({ data }) => {
    lastFrameMs = Date.now();
    if (data !== PONG) say(eventOf(String(data)));
  });
  socket.addEventListener('close', end, { once: true });
  gone.addEventListener('abort', end, { once: true });
  socket.accept();
  return close;
}

/** The time of the last read, derived from the number of unread bytes. */
class ReaderWatch {
  readonly #waitingBytes: () => number;
  #writtenBytes = 0;
  #readBytes = 0;
  #readMs = Date.now();

  constructor(waitingBytes: () => number) {
    this.#waitingBytes = waitingBytes;
  }

  wrote(bytes: number): void {
    this.#writtenBytes += bytes;
  }

  lastReadMs(): number {
    const readBytes = this.#writtenBytes - this.#waitingBytes();
    if (readBytes > this.#readBytes) this.#readMs = Date.now();
    this.#readBytes = readBytes;
    return this.#readMs;
  }
}

/**
 * JSON text has no line breaks. A problem is not named `error`, because a browser's EventSource uses that name itself.
 */
function eventOf(text: string): string {
  const { type, seq }: { readonly type: string; readonly seq?: string } = JSON.parse(text);
  const id = seq === undefined ? '' : `id: ${seq}\n`;
  return `event: ${type === 'error' ? 'problem' : type}\n${id}data: ${text}\n\n`;
}
