/**
 * The wire: one `POST /v1/commands`, its outcomes yielded as they arrive. Called by post-batch; throws whenever
 * the exchange is not a clean one, with what to do about it when the server said so.
 */
import { retryAfterMs } from './backoff.ts';
import { isTransient, type Outcome, parseOutcome } from './outcome.ts';
import type { CommandLine } from './read-commands.ts';
import { splitLines } from './split-lines.ts';

export interface Server {
  readonly url: string;
  readonly token: string | undefined;
  readonly fetch: typeof fetch;
  /** A request that says nothing for this long counts as cut. */
  readonly silenceMsMax: number;
}

/** The server refused the request as a whole. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly isTransient: boolean;
  readonly retryAfterMs: number;

  constructor(response: Response, text: string) {
    super(`the server answered ${response.status} ${text.slice(0, 300)}`.trim());
    this.isTransient = isTransient(response.status);
    this.retryAfterMs = retryAfterMs(response.headers.get('retry-after'), Date.now());
  }
}

/** Chosen by us: an outcome is a few hundred bytes, whatever is longer is not one. */
const OUTCOME_BYTES_MAX = 1024 * 1024;

export async function* requestOutcomes(
  server: Server,
  lines: readonly CommandLine[],
  stop: AbortSignal,
): AsyncGenerator<Outcome> {
  const silence = new AbortController();
  const timer = setTimeout(
    () => silence.abort(new Error(`no answer for ${server.silenceMsMax / 1_000} s`)),
    server.silenceMsMax,
  );
  try {
    const response = await post(server, lines, AbortSignal.any([stop, silence.signal]));
    for await (const { bytes } of splitLines(response.body ?? [], OUTCOME_BYTES_MAX)) {
      timer.refresh();
      yield readOutcome(bytes?.toString('utf8') ?? 'a line without end');
    }
  } finally {
    clearTimeout(timer);
  }
}

async function post(
  server: Server,
  lines: readonly CommandLine[],
  signal: AbortSignal,
): Promise<Response> {
  const headers = new Headers({ 'content-type': 'application/x-ndjson' });
  if (server.token !== undefined) headers.set('authorization', `Bearer ${server.token}`);
  const body = lines.map(({ json }) => `${json}\n`).join('');
  const response = await server.fetch(`${server.url}/v1/commands`, {
    method: 'POST',
    headers,
    body,
    signal,
    // Followed, a redirect could turn the POST into a GET.
    redirect: 'manual',
  });
  if (!response.ok) throw new Refused(response, await response.text());
  return response;
}

function readOutcome(text: string): Outcome {
  const outcome = parseOutcome(text);
  if (!outcome) throw new Error(`the answer is not an outcome: ${text.slice(0, 100)}`);
  return outcome;
}
