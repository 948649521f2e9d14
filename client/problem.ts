/** What is neither an answer nor an outcome, as an error: what the server says (RFC 9457), or that it says nothing. */

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
 * `unreachable`: no answer of Ledge's came: none at all, or that of something in between. `closed`: the server closed
 * the socket with a code that says for good. `not-stored`: the storage did not take a command, which is sent all the
 * same but lost when the page ends first. `left-alone`: what the storage holds and this client does not send.
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

/** Told apart by `kind`, which is the last part of `type`. */
export type AnyProblem = ServerProblem | ClientProblem;

/**
 * Thrown by every call whose answer is not what it asked for. `problem` says which kind it is, with its details.
 *
 * @example if (error instanceof LedgeProblem && error.problem.kind === 'invalid') show(error.problem.errors);
 */
export class LedgeProblem extends Error {
  override readonly name = 'LedgeProblem';
  readonly problem: AnyProblem;
  /** What the server asked to wait; 0 when it asked for nothing. */
  readonly retryAfterMs: number;

  constructor(problem: AnyProblem, options: ErrorOptions & { retryAfterMs?: number } = {}) {
    super(`${problem.title}: ${problem.detail}`, options);
    this.problem = problem;
    this.retryAfterMs = options.retryAfterMs ?? 0;
  }
}

const PROBLEM_TYPE = /\/problems\/([a-z-]+)$/;

/** The problem that a reply tells of. */
export function problemOf({ status, body, header }: Reply): LedgeProblem {
  const options = { retryAfterMs: retryAfterMs(header('retry-after'), Date.now()) };
  const detail = `The server answered ${status} without a problem.`;
  return problemFrom(body, options) ?? unreachable(detail, options);
}

/** Undefined when it is none of Ledge's. */
export function problemFrom(
  body: unknown,
  options?: { retryAfterMs?: number },
): LedgeProblem | undefined {
  const kind = PROBLEM_TYPE.exec(String(Object(body).type))?.[1];
  // The server makes problems from failures alone, by one table: its members follow from its kind.
  return kind ? new LedgeProblem({ ...Object(body), kind } as ServerProblem, options) : undefined;
}

/** A problem of the client's own: no server described it. */
const own = { type: 'about:blank', status: 0 } as const;

type Options = ConstructorParameters<typeof LedgeProblem>[1];

export function unreachable(detail: string, options?: Options): LedgeProblem {
  const title = 'No answer from Ledge';
  return new LedgeProblem({ ...own, kind: 'unreachable', title, detail }, options);
}

/** Of whatever was thrown: a query that could not even be asked was not answered. */
export function asProblem(error: unknown): LedgeProblem {
  if (error instanceof LedgeProblem) return error;
  return unreachable(`The request could not be made: ${error}`, { cause: error });
}

/**
 * RFC 6455: unacceptable data, a breach of policy, a frame that is too big. 4400 to 4499 are as HTTP's 400 to 499, but
 * for an expired credential: the next socket carries a new one, or is refused.
 */
export function isFinalCode(code: unknown): code is number {
  if (typeof code !== 'number' || code === EXPIRED_CODE) return false;
  return [1_003, 1_008, 1_009].includes(code) || (code >= 4_400 && code <= 4_499);
}

/** What ends a live query whose socket was closed so. */
export function closedFor(code: number, reason: unknown): LedgeProblem {
  const title = 'Closed by the server';
  const detail = `The socket was closed with ${code}: ${reason || 'no reason was given'}`;
  return new LedgeProblem({ ...own, kind: 'closed', title, detail, code });
}

/* What the server would answer, known before it is asked. */

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
  // As in `problemFrom`: the members follow from the kind.
  return new LedgeProblem({ kind, type, title, status, detail, ...members } as ServerProblem);
}

/* What the storage of commands says. */

export function notStored(command: string, cause: unknown): LedgeProblem {
  const title = 'Not stored';
  const detail = `The storage did not take ${command}. It is sent, but lost when the page ends before that.`;
  return new LedgeProblem({ ...own, kind: 'not-stored', title, detail }, { cause });
}

export function leftAlone(because: 'other-principal' | 'unreadable', count: number): LedgeProblem {
  const title = 'Left alone';
  const whose = because === 'unreadable' ? 'cannot be read' : 'belong to another principal';
  const detail = `${count} stored commands ${whose}. They stay where they are and are not sent.`;
  return new LedgeProblem({ ...own, kind: 'left-alone', title, detail, because, count });
}
