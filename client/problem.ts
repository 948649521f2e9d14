/** What is neither an answer nor an outcome, as an error: what the server says (RFC 9457), or that it says nothing. */
import type { Failure } from '../core/outcome.ts';
import type { Problem } from '../core/problem.ts';

type ServerProblem = {
  [Kind in Failure['outcome']]: Problem & { readonly kind: Kind } & Omit<
      Extract<Failure, { outcome: Kind }>,
      'outcome'
    >;
}[Failure['outcome']];

/**
 * `unreachable`: no answer of Ledge's came: none at all, or that of something in between. `closed`: the server closed
 * the socket with a code that says for good.
 */
type ClientProblem = Problem &
  ({ readonly kind: 'unreachable' } | { readonly kind: 'closed'; readonly code: number });

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

  constructor(problem: AnyProblem, options?: ErrorOptions) {
    super(`${problem.title}: ${problem.detail}`, options);
    this.problem = problem;
  }
}

const PROBLEM_TYPE = /\/problems\/([a-z-]+)$/;

/** The problem that a reply tells of. */
export function problemOf({
  status,
  body,
}: {
  readonly status: number;
  readonly body: unknown;
}): LedgeProblem {
  return problemFrom(body) ?? unreachable(`The server answered ${status} without a problem.`);
}

/** Undefined when it is none of Ledge's. */
export function problemFrom(body: unknown): LedgeProblem | undefined {
  const kind = PROBLEM_TYPE.exec(String(Object(body).type))?.[1];
  // The server makes problems from failures alone, by one table: its members follow from its kind.
  return kind ? new LedgeProblem({ ...Object(body), kind } as ServerProblem) : undefined;
}

export function unreachable(detail: string, cause?: unknown): LedgeProblem {
  const title = 'No answer from Ledge';
  const problem = { kind: 'unreachable', type: 'about:blank', title, status: 0, detail } as const;
  return new LedgeProblem(problem, { cause });
}

/** RFC 6455: unacceptable data, a breach of policy, a frame that is too big. 4400 to 4499 are as HTTP's 400 to 499. */
export function isFinalCode(code: unknown): code is number {
  if (typeof code !== 'number') return false;
  return [1_003, 1_008, 1_009].includes(code) || (code >= 4_400 && code <= 4_499);
}

/** What ends a live query whose socket was closed so. */
export function closedFor(code: number, reason: unknown): LedgeProblem {
  const title = 'Closed by the server';
  const detail = `The socket was closed with ${code}: ${reason || 'no reason was given'}`;
  return new LedgeProblem({ kind: 'closed', type: 'about:blank', title, status: 0, detail, code });
}

export function tooLarge(what: string, limitBytes: number, detail: string): LedgeProblem {
  const [kind, title, status] = ['too-large', 'Too large', 413] as const;
  const type = `/problems/${kind}`;
  return new LedgeProblem({ kind, type, title, status, detail, what, limitBytes });
}
