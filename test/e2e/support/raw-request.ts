/** Sends bytes on a socket and reads the response, for requests that no HTTP client would send. */
import { connect, type Socket } from 'node:net';

/** The delay after a complete response: long enough for a second one, if the bytes were parsed as two requests. */
const QUIET_MS = 100;

/** For the answer, and for the hang-up that it announces. Long, because a busy machine delays both. */
const PATIENCE_MS = 20_000;

export interface RawAnswer {
  /** Of the first answer; 0 when the server only hung up. */
  readonly status: number;
  readonly type: string | undefined;
  /** Everything that came back, byte by byte. */
  readonly text: string;
  readonly answers: number;
  /**
   * Whether the server hung up as its answer announced, or without any answer. A hang-up that no answer announces comes
   * at any moment, or never: it is not waited for and does not count.
   */
  readonly closed: boolean;
}

export async function rawRequest(url: URL, ...parts: readonly string[]): Promise<RawAnswer> {
  const socket = await openSocket(url);
  for (const part of parts) socket.write(part, 'latin1');
  return answerOn(socket);
}

export function openSocket({ hostname, port }: URL): Promise<Socket> {
  return new Promise((settle, fail) => {
    const socket = connect({ host: hostname, port: Number(port) });
    socket.setEncoding('latin1').on('error', fail);
    socket.on('connect', () => settle(socket));
  });
}

export function answerOn(socket: Socket): Promise<RawAnswer> {
  return new Promise((settle) => {
    let text = '';
    let quiet = setTimeout(done, PATIENCE_MS, false);
    socket.on('data', (part: string) => {
      text += part;
      if (!isWhole(text) || announcesHangUp(text)) return;
      clearTimeout(quiet);
      quiet = setTimeout(done, QUIET_MS, false);
    });
    socket.on('close', () => done(!isWhole(text) || announcesHangUp(text)));
    function done(closed: boolean): void {
      clearTimeout(quiet);
      socket.destroy();
      settle(parsed(text, closed));
    }
  });
}

function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n');
  if (/^transfer-encoding: chunked\r$/im.test(text)) return text.endsWith('\r\n0\r\n\r\n');
  const length = /^content-length: (\d+)\r$/im.exec(text)?.[1];
  return end >= 0 && length !== undefined && text.length >= end + 4 + Number(length);
}

function announcesHangUp(text: string): boolean {
  return /^connection: close\r$/im.test(text);
}

function parsed(text: string, closed: boolean): RawAnswer {
  const status = Number(/^HTTP\/1\.\d (\d{3}) /.exec(text)?.[1] ?? 0);
  const type = /^content-type: ([^\r;]+)/im.exec(text)?.[1];
  return { status, type, text, answers: text.split(/HTTP\/1\.\d \d{3} /).length - 1, closed };
}
