/** Failures that are not outcomes, as an error: the server's problem (RFC 9457), or one of the client's own. */

import type { Failure } from '../core/aggregate/outcome.ts';
import { EXPIRED_CODE } from '../core/live/live-limits.ts';
import type { Problem } from '../core/protocol/problem.ts';
import { retryAfterMs } from './backoff.ts';
import type { Reply } from './reply.ts';

type ServerProblem = {
  [Kind in Failure['outcome']]: Problem & { readonly kind: Kind } & Omit<
      Extract<Failure, { outcome: Kind }>,
      'outcome'
    >;
}[Failure['outcome']];

/**
 * `unreachable`: no response of Ledge was received, only none or that of a proxy. `closed`: the server closed the
 * socket with a final code. `not-stored`: the storage did not take a command, which is still sent but lost if the page
 * ends first. `left-alone`: a stored command that this client does not send.
 */
type ClientProblem = Problem &
  (
    | { readonly kind: 'unreachable' }
    | { readonly kind: 'closed'; readonly code: number }
    | { readonly kind: 'not-stored' }
    | {
        readonly kind: 'left-alone';
        readonly because: 'other-principal' | 'unreadable';
        readonly count: number;
      }
  );

/** Discriminated by `kind`, the last part of `type`. */
export type AnyProblem = ServerProblem | ClientProblem;

/**
 * Thrown by every call that fails. `problem` has the kind and its details.
 *
 * @example if (error instanceof LedgeProblem && error.problem.kind === 'invalid') show(error.problem.errors);
 */
export class LedgeProblem extends Error {
  override readonly name = 'LedgeProblem';
  readonly problem: AnyProblem;
  /** The delay that the server asked for; 0 if none. */
  readonly retryAfterMs: number;

  constructor(problem: AnyProblem, options: ErrorOptions & { retryAfterMs?: number } = {}) {
    super(`${problem.title}: ${problem.detail}`, options);
    this.problem = problem;
    this.retryAfterMs = options.retryAfterMs ?? 0;
  }
}

const PROBLEM_TYPE = /\/problems\/([a-z-]+)$/;

/** The problem of a response. */
export function problemOf({ status, body, header }: Reply): LedgeProblem {
  const options = { retryAfterMs: retryAfterMs(header('retry-after'), Date.now()) };
  const detail = `The server answered ${status} without a problem.`;
  return problemFrom(body, options) ?? unreachable(detail, options);
}

/** Undefined if it is not a problem of Ledge. */
export function problemFrom(
  body: unknown,
  options?: { retryAfterMs?: number },
): LedgeProblem | undefined {
  const kind = PROBLEM_TYPE.exec(String(Object(body).type))?.[1];
  // The server makes problems from failures by one table, so that the kind determines the members.
  return kind ? new LedgeProblem({ ...Object(body), kind } as ServerProblem, options) : undefined;
}

/** The common members of the client's own problems. */
const own = { type: 'about:blank', status: 0 } as const;

type Options = ConstructorParameters<typeof LedgeProblem>[1];

export function unreachable(detail: string, options?: Options): LedgeProblem {
  const title = 'No answer from Ledge';
  return new LedgeProblem({ ...own, kind: 'unreachable', title, detail }, options);
}

/** Any thrown value as a problem; other errors become `unreachable`. */
export function asProblem(error: unknown): LedgeProblem {
  if (error instanceof LedgeProblem) return error;
  return unreachable(`The request could not be made: ${error}`, { cause: error });
}

/**
 * RFC 6455: invalid data, policy violation, frame too big. 4400 to 4499 correspond to HTTP's 400 to 499, except for an
 * expired credential: the next socket carries a new one, or is refused.
 */
export function isFinalCode(code: unknown): code is number {
  if (typeof code !== 'number') return false;
  return [1_003, 1_008, 1_009, 4_400].includes(code) || (code > EXPIRED_CODE && code <= 4_499);
}

/** The problem that ends a live query after a close with this code. */
export function closedFor(code: number, reason: unknown): LedgeProblem {
  const title = 'Closed by the server';
  const detail = `The socket was closed with ${code}: ${reason || 'no reason was given'}`;
  return new LedgeProblem({ ...own, kind: 'closed', title, detail, code });
}

/* Problems that the server would return, known before the request. */

export function tooLarge(what: string, limitBytes: number, detail: string): LedgeProblem {
  return asServer('too-large', 413, 'Too large', detail, { what, limitBytes });
}

export function invalid(at: string, message: string): LedgeProblem {
  const members = { errors: [{ at, message }] };
  return asServer('invalid', 400, 'The input is not valid', `${at}: ${message}`, members);
}

function asServer(
  kind: string,
  status: number,
  title: string,
  detail: string,
  members: object,
): LedgeProblem {
  const type = `/problems/${kind}`;
  // As in `problemFrom`, the kind determines the members.
  return new LedgeProblem({ kind, type, title, status, detail, ...members } as ServerProblem);
}

/* Problems of the storage of commands. */

export function notStored(command: string, cause: unknown): LedgeProblem {
  const title = 'Not stored';
  const detail = `The storage did not take ${command}. It is sent, but lost when the page ends before that.`;
  return new LedgeProblem({ ...own, kind: 'not-stored', title, detail }, { cause });
}

export function leftAlone(because: 'other-principal' | 'unreadable', count: number): LedgeProblem {
  const title = 'Left alone';
  const whose = because === 'unreadable' ? 'cannot be read' : 'belong to another principal';
  const detail = `${count} stored commands ${whose}. They are kept and not sent.`;
  return new LedgeProblem({ ...own, kind: 'left-alone', title, detail, because, count });
}
