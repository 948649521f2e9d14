/** The one table from failures to RFC 9457 problems: status, title and detail of each kind. */

import type { Failure, RefusalReason, UsageLimit } from '../aggregate/outcome.ts';
import { hintOf } from './unknown-name.ts';

/** RFC 9457. Members other than the standard ones come from the failure. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly [member: string]: unknown;
}

type Kind = Failure['outcome'];

interface Row<F extends Failure> {
  readonly status: number;
  readonly title: string;
  readonly detail: (failure: F) => string;
}

const refusals: Readonly<Record<RefusalReason, string>> = {
  missing: 'This request needs a credential.',
  expired: 'The credential has expired. Get another one.',
  'not-valid-yet': 'The credential is not valid yet. Check the clocks, or try again later.',
  invalid: 'The credential is not valid here.',
};

const usage: Readonly<Record<UsageLimit, string>> = {
  requests: 'requests',
  'refused-credentials': 'refused credentials',
  commands: 'commands',
  streams: 'new streams',
  rows: 'rows read',
  sockets: 'open sockets and event streams',
  queries: 'different live queries',
  polls: 'waiting feeds and event streams',
};

/** The one total table from failures to problems. */
const table: { readonly [K in Kind]: Row<Extract<Failure, { outcome: K }>> } = {
  invalid: {
    status: 400,
    title: 'The input is not valid',
    detail: ({ errors }) =>
      errors.map(({ at, message }) => `${at || 'input'}: ${message}`).join('; '),
  },
  unauthorized: {
    status: 401,
    title: 'Not authenticated',
    detail: ({ why }) => refusals[why],
  },
  forbidden: {
    status: 403,
    title: 'Not allowed',
    detail: ({ detail }) => detail,
  },
  suspended: {
    status: 403,
    title: 'The tenant is suspended',
    detail: ({ mode, reason }) =>
      mode === 'closed'
        ? `Nothing is answered until it is resumed: ${reason}`
        : `Commands are refused until it is resumed: ${reason}`,
  },
  unknown: {
    status: 404,
    title: 'Not found',
    detail: ({ what, name, ...hint }) => `There is no ${what} ${name}.${hintOf(hint)}`,
  },
  'method-not-allowed': {
    status: 405,
    title: 'Method not allowed',
    detail: ({ allowed }) => `Use ${allowed.join(' or ')}.`,
  },
  rejected: {
    status: 409,
    title: 'Rejected by the domain',
    detail: ({ stream, reason }) => `${stream} rejects the command: ${reason}.`,
  },
  parked: {
    status: 409,
    title: 'The read model is held back on this stream',
    detail: ({ stream, projection }) =>
      `${projection} cannot take an event of ${stream}; a dead letter says which. It moves on once that is redriven or discarded.`,
  },
  'wrong-state': {
    status: 409,
    title: 'Not possible in this state',
    detail: ({ detail }) => detail,
  },
  'subject-forgotten': {
    status: 409,
    title: 'The subject is forgotten',
    detail: ({ subject }) =>
      `Nothing is stored about ${subject}, which was forgotten. An operator may authorize it again, for a reason.`,
  },
  restored: {
    status: 410,
    title: 'The journal was restored',
    detail: ({ common }) =>
      common === undefined
        ? 'The position was given before the database was restored. Continue from an older position that is accepted, or from the beginning.'
        : 'The position was given before the database was restored. The events up to `common` are the same as before: continue from there.',
  },
  conflict: {
    status: 412,
    title: 'The stream is at another version',
    detail: ({ stream, expected, actual }) =>
      `${stream} was expected at version ${expected} and is at ${actual}. Read it again and decide on the new state.`,
  },
  'too-large': {
    status: 413,
    title: 'Too large',
    detail: ({ what = 'body', limitBytes }) => `The ${what} may take at most ${limitBytes} bytes.`,
  },
  'too-many-rows': {
    status: 413,
    title: 'Too many rows',
    detail: ({ limitRows }) =>
      `The query has more than ${limitRows} rows, and no pages. Ask for fewer: a list has pages.`,
  },
  'unsupported-media-type': {
    status: 415,
    title: 'Unsupported media type',
    detail: ({ expected }) => `Send ${expected}, uncompressed.`,
  },
  'key-reused': {
    status: 422,
    title: 'The idempotency key belongs to another command',
    detail: ({ stream }) =>
      `${stream} knows this key with another command, other data or another time of occurrence. Nothing was done; use a new key.`,
  },
  'upgrade-required': {
    status: 426,
    title: 'A WebSocket is expected',
    detail: () =>
      'Open this address as a WebSocket. For server-sent events add the name of a query to it.',
  },
  'too-many-requests': {
    status: 429,
    title: 'Too many requests',
    detail: ({ limit, scope, quota, windowSeconds }) =>
      `This ${scope} may have at most ${quota} ${usage[limit]}${windowSeconds === undefined ? ' at one time' : ` in ${windowSeconds} seconds`}. Wait as long as Retry-After says.`,
  },
  failed: {
    status: 500,
    title: 'Internal error',
    detail: () => 'Something broke on our side. With an idempotency key it is safe to try again.',
  },
  damaged: {
    status: 500,
    title: 'The journal is damaged',
    detail: () =>
      'A position is missing from the journal. Nothing is answered past it. The log has its number.',
  },
  unavailable: {
    status: 503,
    title: 'Not available now',
    detail: ({ detail }) => detail,
  },
};

/** A failure in one line, for a record that an operator reads. */
export function failureText(failure: Failure): string {
  return `${failure.outcome}: ${toProblem(failure).detail}`;
}

/** The path of a problem's `type`, at which the API documents it. */
export const PROBLEM_PATH = '/problems/';

/** `basePath`: under which the API is served; left out where the `type` leads nowhere. */
export function toProblem(failure: Failure, basePath = ''): Problem {
  // The row was written for this kind of failure; TypeScript cannot follow the correlation through the index.
  const row = table[failure.outcome] as Row<Failure>;
  const { outcome, ...members } = failure;
  return {
    type: `${basePath}${PROBLEM_PATH}${outcome}`,
    title: row.title,
    status: row.status,
    detail: row.detail(failure),
    ...members,
  };
}

export function problemStatus(kind: Kind): number {
  return table[kind].status;
}

/** Every kind of problem there is, for the documentation. */
export function problemKinds(): { kind: Kind; status: number; title: string }[] {
  return Object.entries(table).map(([kind, { status, title }]) => ({
    // The keys of the table are the kinds, which is what its type says.
    kind: kind as Kind,
    status,
    title,
  }));
}
