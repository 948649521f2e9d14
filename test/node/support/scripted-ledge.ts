/** A server for the operators' command lines: it records the requests over real sockets and answers as scripted. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

export interface Asked {
  readonly method: string;
  /** With its query, as it was sent. */
  readonly path: string;
  readonly input: unknown;
  readonly authorization: string | undefined;
  /** Of `Ledge-Tenant`. */
  readonly tenant?: string | undefined;
  readonly idempotencyKey?: string | undefined;
}

/** 200 by default; `cut` ends the connection without a response. */
export type Answer =
  | { readonly status?: number; readonly body: unknown }
  | { readonly html: string }
  | 'cut';

/** `number`: 1 is the first request of all. */
export type Script = (asked: Asked, number: number) => Answer;

export class ScriptedLedge implements AsyncDisposable {
  url = '';
  readonly asked: Asked[] = [];
  readonly #script: Script;
  readonly #server = createServer((request, response) => this.#serve(request, response));

  constructor(script: Script) {
    this.#script = script;
  }

  static async start(script: Script): Promise<ScriptedLedge> {
    const ledge = new ScriptedLedge(script);
    await once(ledge.#server.listen(0, '127.0.0.1'), 'listening');
    const address = ledge.#server.address();
    ledge.url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    return ledge;
  }

  /** `POST /v1/projections/orders/rebuild` and the like, in their order. */
  get lines(): string[] {
    return this.asked.map(({ method, path }) => `${method} ${path}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await this.#server[Symbol.asyncDispose]();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const asked = {
      method: request.method ?? '',
      path: request.url ?? '',
      input: body === '' ? undefined : JSON.parse(body),
      authorization: request.headers.authorization,
      tenant: headerOf(request, 'ledge-tenant'),
      idempotencyKey: headerOf(request, 'idempotency-key'),
    };
    this.asked.push(asked);
    const answer = this.#script(asked, this.asked.length);
    if (answer === 'cut') response.destroy();
    else if ('html' in answer) response.setHeader('content-type', 'text/html').end(answer.html);
    else {
      response.writeHead(answer.status ?? 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answer.body));
    }
  }
}

function headerOf({ headers }: IncomingMessage, name: string): string | undefined {
  const { [name]: value } = headers;
  return Array.isArray(value) ? value[0] : value;
}

export function problem(status: number, title: string, detail: string): Answer {
  return { status, body: { type: '/problems/any', title, status, detail } };
}
