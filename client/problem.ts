/** What is neither an answer nor an outcome, as an error: what the server says (RFC 9457), or that it says nothing. */
import type { Failure } from '../core/outcome.ts';
import type { Problem } from '../core/problem.ts';

type ServerProblem = {
  [Kind in Failure['outcome']]: Problem & { readonly kind: Kind } & Omit<
      Extract<Failure, { outcome: Kind }>,
      'outcome'
    >;
}[Failure['outcome']];

/** No answer of Ledge's came: none at all, or that of something in between. */
type ClientProblem = Problem & { readonly kind: 'unreachable' };

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
