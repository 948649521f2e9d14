/**
 * A server for the import's tests that misbehaves as servers do. It decides nothing: it records what arrives
 * over real sockets and answers as the test scripts it.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';

const sentLine = z.object({
  id: z.string(),
  idempotencyKey: z.string(),
  data: z.object({ n: z.int() }),
});

export type SentLine = z.output<typeof sentLine>;

export type Script = (exchange: Exchange) => Promise<void> | void;

export async function startPeer(script: Script): Promise<ScriptedPeer> {
  const peer = new ScriptedPeer(script);
  await peer.listen();
  return peer;
}

export class ScriptedPeer implements AsyncDisposable {
  url = '';
  /** The lines of every request, in the order of arrival. */
  readonly requests: SentLine[][] = [];
  authorization: string | undefined;
  /** The most requests that were open at a time. */
  openMax = 0;
  readonly #script: Script;
  readonly #server = createServer((request, response) => this.#serve(request, response));
  readonly #acceptedKeys = new Set<string>();
  #open = 0;

  constructor(script: Script) {
    this.#script = script;
  }

  get arrived(): SentLine[] {
    return this.requests.flat();
  }

  async listen(): Promise<void> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    const address = this.#server.address();
    this.url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await this.#server[Symbol.asyncDispose]();
  }

  /** Until nothing has arrived for a while. */
  async quiet(): Promise<void> {
    for (let before = -1; before < this.requests.length; await sleep(400)) {
      before = this.requests.length;
    }
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#open += 1;
    this.openMax = Math.max(this.openMax, this.#open);
    response.once('close', () => {
      this.#open -= 1;
    });
    const body = await text(request).catch(() => '');
    if (body === '') return; // the import stopped in the middle of its request
    const lines = body
      .trimEnd()
      .split('\n')
      .map((json) => sentLine.parse(JSON.parse(json)));
    this.authorization = request.headers.authorization;
    this.requests.push(lines);
    const exchange = new Exchange(this.requests.length, lines, response, this.#acceptedKeys);
    await this.#script(exchange);
  }
}

/** One request, and the ways to answer it. */
export class Exchange {
  /** 1 is the peer's first. */
  readonly number: number;
  readonly lines: readonly SentLine[];
  readonly #response: ServerResponse;
  readonly #acceptedKeys: Set<string>;
  #answered = 0;

  constructor(
    number: number,
    lines: readonly SentLine[],
    response: ServerResponse,
    acceptedKeys: Set<string>,
  ) {
    this.number = number;
    this.lines = lines;
    this.#response = response;
    this.#acceptedKeys = acceptedKeys;
  }

  async acceptRest(): Promise<void> {
    await this.accept(this.lines.length - this.#answered);
    this.end();
  }

  async accept(count: number): Promise<void> {
    for (const { idempotencyKey } of this.lines.slice(this.#answered, this.#answered + count)) {
      const replayed = this.#acceptedKeys.has(idempotencyKey) && { replayed: true };
      this.#acceptedKeys.add(idempotencyKey);
      await this.answer({ outcome: 'accepted', status: 200, version: 1, ...replayed });
    }
  }

  async answer(outcome: object): Promise<void> {
    this.#answered += 1;
    await this.write(`${JSON.stringify(outcome)}\n`);
  }

  async write(some: string): Promise<void> {
    await new Promise((written) => this.#response.write(some, written));
  }

  end(): void {
    this.#response.end();
  }

  cut(): void {
    this.#response.destroy();
  }

  refuse(status: number, headers: Record<string, string> = {}): void {
    this.#response.writeHead(status, headers).end();
  }
}
