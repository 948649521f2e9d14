/** Describes what every operation may answer when it does not do what was asked: RFC 9457, one schema for all. */
import type { Failure, RefusalReason, UsageLimit } from '../../../core/aggregate/outcome.ts';
import { PROBLEM_PATH, problemKinds, problemStatus } from '../../../core/protocol/problem.ts';
import { incident, readinessCheck } from './incident-schema.ts';
import {
  arrayOf,
  type Header,
  objectOf,
  type Response,
  replayedHeader,
  type Schema,
  type Schemas,
} from './operation.ts';
import { type Reference, schemaRef } from './references.ts';

type Kind = Failure['outcome'];

const text: Schema = { type: 'string' };

const inputError: Schema = objectOf({
  at: {
    type: 'string',
    description:
      'JSON pointer into the body, empty for the whole; or the name of a header, parameter or path segment.',
  },
  message: text,
});

/** Members beside the first four are there when the kind of problem has them. */
export function problemUnder(basePath: string): Schema {
  const type: Schema = {
    type: 'string',
    format: 'uri-reference',
    enum: problemKinds().map(({ kind }) => `${basePath}${PROBLEM_PATH}${kind}`),
    description: 'Stable: what programs decide by. Leads to an explanation.',
  };
  return objectOf({ type, ...standardMembers }, membersOfKinds);
}

const standardMembers = {
  title: text,
  status: { type: 'integer', description: 'The HTTP status again.' },
  detail: { type: 'string', description: 'What happened this time, for people.' },
} as const satisfies Schemas;

const membersOfKinds: Schemas = {
  why: {
    type: 'string',
    enum: ['missing', 'expired', 'not-valid-yet', 'invalid'] satisfies RefusalReason[],
    description: 'Why the credential is refused. `invalid`: unknown, revoked, forged or malformed.',
  },
  errors: { ...arrayOf(inputError), description: 'Every place that is not valid.' },
  limit: {
    type: 'string',
    enum: [
      ...([
        'requests',
        'refused-credentials',
        'commands',
        'streams',
        'rows',
      ] satisfies UsageLimit[]),
      ...(['sockets', 'queries', 'polls'] satisfies UsageLimit[]),
    ],
    description: 'What there is too much of.',
  },
  scope: {
    type: 'string',
    enum: ['principal', 'tenant', 'address'],
    description: 'What is counted by.',
  },
  quota: { type: 'integer', description: 'How many are allowed.' },
  windowSeconds: { type: 'integer', description: 'In which time; not there: at one time.' },
  stream: { type: 'string', description: 'The stream that rejected or conflicted.' },
  version: { type: 'integer', description: 'The version of that stream.' },
  subject: { type: 'string', description: 'The subject that was forgotten.' },
  reason: { type: 'string', description: "The domain's own code for its no." },
  details: { description: 'The details that the domain gives.' },
  suggestion: { type: 'string', description: 'The name that was most likely meant.' },
  known: { ...arrayOf(text), description: 'The names that there are.' },
  backlog: {
    type: 'integer',
    description: 'Of a line of a batch that is held up: how many messages wait in the queue.',
  },
  cause: { type: 'string', description: 'Of an operation that D1 could not answer: why.' },
  remedy: { type: 'string', description: 'What an operator can do about it.' },
  incidents: { ...arrayOf(incident), description: 'What is known outside of D1.' },
  checks: { ...arrayOf(readinessCheck), description: 'Of the deep health check.' },
};

/** `$ref`s to the responses for these kinds and for what every operation may answer. */
export function problems(...kinds: readonly Kind[]): Readonly<Record<string, Reference>> {
  // D1 can be away, or lack a table, for every operation; a page of another origin is refused at every address.
  const statuses = [
    ...(['unauthorized', 'forbidden'] as const),
    ...kinds,
    ...(['too-many-requests', 'failed', 'unavailable'] as const),
  ];
  return Object.fromEntries(
    statuses.map((kind) => {
      const status = problemStatus(kind);
      return [status, { $ref: `#/components/responses/${responseName(status)}` }];
    }),
  );
}

/** The components that `problems` refers to: one a status. */
export function problemResponses(): Readonly<Record<string, Response>> {
  const statuses = new Set(problemKinds().map(({ status }) => status));
  return Object.fromEntries(
    [...statuses].map((status) => [responseName(status), problemResponse(status)]),
  );
}

/** `headers` are an operation's own, beside those that every problem of this status has. */
export function problemResponse(status: number, headers: Headers = {}): Response {
  const kinds = problemKinds().filter((one) => one.status === status);
  return {
    description: kinds.map(({ title }) => title).join(', or: '),
    headers: { ...headersOf[status], ...headers },
    content: { 'application/problem+json': { schema: schemaRef('Problem') } },
  };
}

type Headers = Readonly<Record<string, Header>>;

const retryAfter: Header = {
  description: 'In how many seconds to ask again.',
  schema: { type: 'integer', minimum: 0 },
};

const headersOf: Readonly<Record<number, Headers>> = {
  401: { 'WWW-Authenticate': { description: 'What to come with.', schema: text } },
  405: { Allow: { description: 'The methods that the address takes.', schema: text } },
  409: { 'Idempotency-Replayed': replayedHeader },
  426: {
    Upgrade: { description: 'What to ask for.', schema: { type: 'string', const: 'websocket' } },
    Connection: { description: 'As HTTP requires it with `Upgrade`.', schema: text },
  },
  429: {
    'Retry-After': retryAfter,
    'RateLimit-Policy': {
      description: 'The quota `q`, and its window `w` in seconds: `"requests";q=60;w=10`.',
      schema: text,
    },
    RateLimit: {
      description: 'What remains, `r`, and in how many seconds there is more, `t`.',
      schema: text,
    },
  },
  503: { 'Retry-After': retryAfter },
};

function responseName(status: number): string {
  return `Problem${status}`;
}
