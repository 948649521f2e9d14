/** Why a line got no decision, and whether asking again may help. */
import { retryAfterMs } from '../../client/backoff.ts';
import { isTransient } from '../../client/retry.ts';
import type { LineOutcome } from './outcome.ts';

/** `line`: this one command got no decision. `request`: no command of the request did any more. */
export interface ImportFailure {
  readonly scope: 'line' | 'request';
  readonly reason: string;
  readonly isTransient: boolean;
  /** The server is well and asks for fewer commands: however often it does, the line is no lost one. */
  readonly isHeldUp?: true;
  /** How long the server asked to be left alone. */
  readonly retryAfterMs: number;
}

/** The server answered the line, with its own trouble. */
export function undecidedLine(answer: LineOutcome): ImportFailure {
  const { status, outcome, title, detail, retryAfterSeconds = 0 } = answer;
  const reason = `the server answered ${status} ${detail ?? title ?? outcome}`;
  const retryAfterMs = retryAfterSeconds * 1_000;
  const isHeldUp = answer.backlog !== undefined;
  return { scope: 'line', reason, isTransient: true, ...(isHeldUp && { isHeldUp }), retryAfterMs };
}

/** The server refused the request as a whole. */
export async function refusedRequest(response: Response): Promise<ImportFailure> {
  const text = (await response.text()).slice(0, 300);
  return {
    scope: 'request',
    reason: `the server answered ${response.status} ${text}`.trim(),
    isTransient: isTransient(response.status),
    retryAfterMs: retryAfterMs(response.headers.get('retry-after'), Date.now()),
  };
}

/** The exchange broke off, for whatever reason. */
export function brokenExchange(reason: string): ImportFailure {
  return { scope: 'request', reason, isTransient: true, retryAfterMs: 0 };
}

/** fetch reports only "fetch failed" or "terminated"; what happened is in its cause. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? error.cause : undefined;
  const causeText = cause && (cause.message || ('code' in cause ? String(cause.code) : cause.name));
  return causeText ? `${error.message}: ${causeText}` : error.message;
}
