/**
 * One request to a running Ledge, and its answer as a value of the requested shape. Everything that prevents an answer
 * is a NoAnswer, whose text has the next step.
 */
import * as z from 'zod';
import { exposedToken } from '../exposed-token.ts';
import { errorText } from '../import/failure.ts';

export interface Server {
  readonly url: string;
  /** It decides the tenant. */
  readonly token?: string | undefined;
  /** The tenant that an operator of the deployment operates. */
  readonly inTenant?: string | undefined;
  /** The database that an operation of the deployment is for. Left out: each, or the only one. */
  readonly database?: string | undefined;
}

export interface Request {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly input?: object;
  /** A repeat with the same one does nothing twice. */
  readonly idempotencyKey?: string;
}

/** Chosen by us: no page of any operation takes so long. */
const SILENCE_MS_MAX = 60_000;

export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  /** Whether the same question may be answered a little later. */
  readonly isTransient: boolean;
  /** Of the answer that was not the one asked for, if there was one. */
  readonly status: number | undefined;

  constructor(message: string, isTransient: boolean, status?: number) {
    super(message);
    this.isTransient = isTransient;
    this.status = status;
  }
}

/**
 * The answer is kept as it was sent: `--json` prints members that the shape does not name.
 *
 * @throws NoAnswer
 */
export async function ask<Shape>(
  server: Server,
  request: Request,
  shape: z.ZodType<Shape, Shape>,
): Promise<Shape> {
  const response = await send(server, request);
  const body = await bodyOf(server, response);
  if (!response.ok) throw refusal(server, response, body);
  if (!isOf(shape, body)) throw noLedge(server, response);
  return body;
}

/** A shape without defaults and transformations: what passes it is a value of it. */
function isOf<Shape>(shape: z.ZodType<Shape, Shape>, body: unknown): body is Shape {
  return shape.safeParse(body).success;
}

async function send(server: Server, request: Request): Promise<Response> {
  const { method, path, query, input, idempotencyKey } = request;
  const url = new URL(`${server.url}${path}`);
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, value);
  }
  const exposed = exposedToken(server);
  if (exposed !== undefined) throw new NoAnswer(exposed, false);
  const headers = new Headers();
  if (server.token !== undefined) headers.set('authorization', `Bearer ${server.token}`);
  if (server.inTenant !== undefined) headers.set('ledge-tenant', server.inTenant);
  if (method === 'POST') headers.set('content-type', 'application/json');
  if (idempotencyKey !== undefined) headers.set('idempotency-key', idempotencyKey);
  const body = method === 'POST' ? JSON.stringify(input ?? {}) : null;
  const signal = AbortSignal.timeout(SILENCE_MS_MAX);
  try {
    // Followed, a redirect could turn the POST into a GET.
    return await fetch(url, { method, headers, body, signal, redirect: 'manual' });
  } catch (error) {
    throw unreachable(server, error);
  }
}

async function bodyOf(server: Server, response: Response): Promise<unknown> {
  const text = await response.text().catch((error: unknown) => {
    throw unreachable(server, error);
  });
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** RFC 9457, as far as it is shown. */
const problem = z.object({ title: z.string(), detail: z.string() });

function refusal(server: Server, response: Response, body: unknown): NoAnswer {
  const { data } = problem.safeParse(body);
  const isTransient = response.status >= 500 || response.status === 429;
  return data
    ? new NoAnswer(`${data.title}. ${data.detail}`, isTransient, response.status)
    : noLedge(server, response, isTransient);
}

function unreachable({ url }: Server, error: unknown): NoAnswer {
  const text = `Nothing answers at ${url} (${errorText(error)}). Is it running there? --url names another address.`;
  return new NoAnswer(text, true);
}

function noLedge({ url }: Server, { status, headers }: Response, isTransient = false): NoAnswer {
  const type = headers.get('content-type') ?? 'no content type';
  const text = `${url} does not answer as a Ledge of this version does (${status}, ${type}).`;
  return new NoAnswer(text, isTransient);
}
