/**
 * Sends a request until it is answered: attempts with a time limit, with exponential backoff, as often as the policy
 * allows. Every HTTP request of the client is sent here and is safe to repeat: commands carry their idempotency key.
 */
import { retryAfterMs } from './backoff.ts';
import type { Host } from './host.ts';
import type { Pause } from './pause.ts';
import { problemFrom, unreachable } from './problem.ts';
import type { Reply } from './reply.ts';
import { defaultRetryPolicy, isTransient, nextWaitMs, type RetryPolicy } from './retry.ts';

const UNAUTHORIZED = 401;

/** The address of the server, and the means of access to it. */
export interface ServerAccess {
  readonly url: string;
  readonly credential: (() => Promise<string>) | undefined;
  readonly host: Host;
  readonly retry: RetryPolicy;
  /** Waits, at most until the server or the network is back. */
  readonly pause: Pause;
  /** Receives the result of each attempt, so that the client knows whether the server can be reached. */
  readonly report: (result: AttemptResult) => void;
}

/** `denied`: the server does not accept the credential. */
export type AttemptResult = 'answered' | 'unanswered' | 'denied';

export interface ServerRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
}

/** No complete response was received. */
interface NoResponse {
  readonly error: unknown;
}

/**
 * The first response that a retry would not change, or the last one that the policy allows.
 *
 * @throws LedgeProblem of kind `unreachable` when no response was received; the signal's reason when it was aborted
 */
export async function ask(
  server: ServerAccess,
  question: ServerRequest,
  signal: AbortSignal | undefined,
): Promise<Reply> {
  const { host, retry } = server;
  const startedMs = host.nowMs();
  for (let attempts = 1; ; attempts++) {
    signal?.throwIfAborted();
    const result = await attempt(server, question, signal, retry.attemptMsMax);
    signal?.throwIfAborted();
    server.report(resultOf(result));
    if ('status' in result && !isTransient(result.status)) return result;
    const askedMs = 'status' in result ? retryAfterOf(result) : 0;
    const elapsedMs = host.nowMs() - startedMs;
    const waitMs = nextWaitMs(retry, { attempts, elapsedMs, askedMs, random: host.random() });
    if (waitMs === undefined) return finalResult(result, attempts);
    await server.pause(waitMs, signal, askedMs > 0);
  }
}

/** One attempt. A credential that cannot be obtained counts like a missing network. */
export async function attempt(
  { url, credential, host }: Pick<ServerAccess, 'url' | 'credential' | 'host'>,
  { method, path, headers, body }: ServerRequest,
  signal: AbortSignal | undefined,
  attemptMsMax = defaultRetryPolicy.attemptMsMax,
): Promise<Reply | NoResponse> {
  const limit = AbortSignal.timeout(attemptMsMax);
  try {
    const token = await credential?.();
    const answer = await host.fetch(`${url}${path}`, {
      method,
      headers: { ...headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) },
      ...(body !== undefined && { body }),
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
    // A truncated response counts as none: reading or parsing it throws here.
    const text = await answer.text();
    const { status, headers: answered } = answer;
    return { status, header: (name) => answered.get(name), body: parsed(status, text) };
  } catch (error) {
    return { error };
  }
}

/** A proxy in between responds with errors in a form of its own. */
function parsed(status: number, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (status < 400) throw error;
    return undefined;
  }
}

/** The response of a gateway for an unreachable server is not the server's. */
function resultOf(result: Reply | NoResponse): AttemptResult {
  if (!('status' in result)) return 'unanswered';
  if (result.status === UNAUTHORIZED) return 'denied';
  return result.status >= 500 && !problemFrom(result.body) ? 'unanswered' : 'answered';
}

function retryAfterOf(reply: Reply): number {
  return retryAfterMs(reply.header('retry-after'), Date.now());
}

function finalResult(result: Reply | NoResponse, attempts: number): Reply {
  if ('status' in result) return result;
  throw unreachable(`None of ${attempts} attempts was answered.`, { cause: result.error });
}
