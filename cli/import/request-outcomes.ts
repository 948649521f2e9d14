/**
 * The wire: one request, its outcomes yielded as they arrive; a failure, if any, comes last. Never throws, so that whatever its caller throws is the caller's own.
 */
import { PAGE_BYTES_MAX } from '../../core/values/bytes.ts';
import { brokenExchange, errorText, type ImportFailure, refusedRequest } from './failure.ts';
import { type LineOutcome, parseOutcome } from './outcome.ts';
import type { ReadyLine } from './read-lines.ts';
import { splitLines } from './split-lines.ts';

export interface ImportServer {
  readonly url: string;
  /** Of the route. */
  readonly path: string;
  readonly token?: string | undefined;
  readonly inTenant?: string | undefined;
  readonly reason?: string | undefined;
  readonly fetch: typeof fetch;
  /** A request without a byte for this long counts as cut. */
  readonly silenceMsMax: number;
}

/** Chosen by us: an outcome has the events of its command, a page at most, and their envelopes. */
const OUTCOME_BYTES_MAX = 4 * PAGE_BYTES_MAX;

export async function* requestOutcomes(
  server: ImportServer,
  lines: readonly ReadyLine[],
  stop: AbortSignal,
): AsyncGenerator<LineOutcome | ImportFailure> {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), server.silenceMsMax);
  try {
    const response = await post(server, lines, AbortSignal.any([stop, silence.signal]));
    if (response.ok) yield* readOutcomes(response, () => timer.refresh());
    else yield await refusedRequest(response);
  } catch (error) {
    const silent = `no answer for ${server.silenceMsMax} ms`;
    yield brokenExchange(silence.signal.aborted ? silent : errorText(error));
  } finally {
    clearTimeout(timer);
  }
}

function post(server: ImportServer, lines: readonly ReadyLine[], signal: AbortSignal) {
  const headers = new Headers({ 'content-type': 'application/x-ndjson' });
  if (server.token !== undefined) headers.set('authorization', `Bearer ${server.token}`);
  if (server.inTenant !== undefined) headers.set('ledge-tenant', server.inTenant);
  if (server.reason !== undefined) headers.set('ledge-reason', server.reason);
  const body = lines.map(({ json }) => `${json}\n`).join('');
  // Followed, a redirect could turn the POST into a GET.
  const request: RequestInit = { method: 'POST', headers, body, signal, redirect: 'manual' };
  return server.fetch(`${server.url}${server.path}`, request);
}

async function* readOutcomes(
  response: Response,
  onSign: () => void,
): AsyncGenerator<LineOutcome | ImportFailure> {
  for await (const { bytes } of splitLines(response.body ?? [], OUTCOME_BYTES_MAX)) {
    onSign();
    const text = bytes?.toString('utf8') ?? 'a line without end';
    const outcome = parseOutcome(text);
    yield outcome ?? brokenExchange(`the answer is not an outcome: ${text.slice(0, 100)}`);
  }
}
