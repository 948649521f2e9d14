/**
 * Classifies what D1 and Durable Objects throw, by their English messages and the objects' flags. The sources:
 * - D1: developers.cloudflare.com/d1/observability/debug-d1 (list of D1_ERRORs)
 * - objects: developers.cloudflare.com/durable-objects/observability/troubleshooting and best-practices/error-handling
 * - SQLite: the result code that D1 appends to SQLite's message, `…: SQLITE_CONSTRAINT` (sqlite.org/rescode.html)
 * - "Exceeded maximum DB size": not in the lists; reported from production by several public issue threads
 */
import { errorText } from './error-text.ts';

/**
 * `lost-race`: a compare-and-set failed. `refused`: SQLite refuses a row, and a retry cannot help. `full`: no room in
 * the database. `overloaded`: too many requests wait. `schema`: a table or column is missing. `unreachable`: a passing
 * failure of the platform; whether the work was done is not known. `unknown-format`: newer code has written what is
 * stored, and this code neither reads nor writes it. `misplaced`: the tenant's data is in a database, or its objects in a
 * jurisdiction, that the deployment does not have. `erased`: the stream was erased with its tenant. `bug`: everything else.
 */
export type PlatformErrorKind =
  | 'lost-race'
  | 'refused'
  | 'full'
  | 'overloaded'
  | 'schema'
  | 'unreachable'
  | 'unknown-format'
  | 'misplaced'
  | 'erased'
  | 'bug';

/** The first kind with a matching text applies. */
const TEXTS: readonly (readonly [PlatformErrorKind, readonly RegExp[]])[] = [
  [
    'lost-race',
    // The columns whose NOT NULL guards a batch: the guard writes NULL when the values that were read have changed.
    [
      /NOT NULL constraint failed: (checkpoint\.version|serving_set\.revision|generation\.cursor|journal_segment\.first)/,
    ],
  ],
  ['unknown-format', [/ is unknown to this code, which knows formats up to /]], // core/failures/unknown-format.ts
  [
    'misplaced', // core/failures/misplaced-tenant.ts
    [
      / is not bound to this Worker, and tenants live in it/,
      / lives in DB\S*, and this work was for /,
      /LEDGE_JURISDICTIONS (has|is not) /,
    ],
  ],
  ['erased', [/The stream was erased with its tenant/]], // core/failures/erased-stream.ts
  [
    'full',
    [
      /Exceeded maximum DB size/i, // D1 at 10 GB, on the free plan at 500 MB; reads may fail with it, too
      /SQLITE_FULL|database or disk is full/, // an object's SQLite at 10 GB
    ],
  ],
  [
    'overloaded',
    [
      /is overloaded/, // D1 and objects: "Requests queued for too long.", "Too many requests queued.", and more
      /generating too much load on Durable Objects/,
      /too many concurrent storage operations/,
      /Too many (subrequests|API requests by single)/i, // the limit of calls of one invocation
      /Exceeded allowed /, // a day's quota; reported from production by several public issue threads
    ],
  ],
  [
    'unreachable',
    [
      /Network connection lost/, // D1 and objects
      /Cannot resolve D1 DB due to transient issue/,
      /Can't read from request stream because client disconnected/,
      // D1 and objects: code updated, storage failed or timed out, memory or CPU time exceeded, evicted
      /(was|be) reset\b|\breset because its code was updated/,
      /this Durable Object instance is no longer active/,
      /Internal error in (D1 DB|Durable Object) storage/,
      /internal error; reference = \w*/, // workerd: any internal failure, by its log reference
    ],
  ],
  ['schema', [/no such (table|column)|has no column named/]],
  [
    'refused',
    [
      /SQLITE_CONSTRAINT|SQLITE_MISMATCH|SQLITE_TOOBIG/,
      /a sum beyond 2\^53 - 1/, // by the statement that adds: worker/projections/row-statements
      /malformed JSON/, // `json()` of a text that is none, which is how a batch is made to fail on purpose
    ],
  ],
];

/** The kind of an error from D1 or from a call to an object. */
export function platformErrorKind(error: unknown): PlatformErrorKind {
  if (hasFlag(error, 'overloaded')) return 'overloaded';
  if (hasFlag(error, 'retryable') || hasFlag(error, 'durableObjectReset')) return 'unreachable';
  const text = errorText(error);
  return TEXTS.find(([, texts]) => texts.some((one) => one.test(text)))?.[0] ?? 'bug';
}

/**
 * workerd sets the flags to true; newer versions also set them to false. A value that throws when it is read has no
 * flag.
 */
function hasFlag(error: unknown, flag: 'overloaded' | 'retryable' | 'durableObjectReset'): boolean {
  try {
    return typeof error === 'object' && error !== null && Reflect.get(error, flag) === true;
  } catch {
    return false;
  }
}

/** The kinds that pass by themselves or after an operator's action: the work is retried and is not at fault. */
export type PassingKind = Extract<
  PlatformErrorKind,
  'full' | 'overloaded' | 'unreachable' | 'unknown-format' | 'misplaced'
>;

const PASSING_KINDS: readonly PlatformErrorKind[] = [
  'full',
  'overloaded',
  'unreachable',
  'unknown-format',
  'misplaced',
];

export function isPassing(kind: PlatformErrorKind): kind is PassingKind {
  return PASSING_KINDS.includes(kind);
}

/** Whether SQLite itself refused the statement: a wrong column, wrong syntax, a value that does not fit. */
export function isStatementFault(error: unknown): boolean {
  const kind = platformErrorKind(error);
  return kind === 'schema' || kind === 'refused' || /SQLITE_ERROR/.test(errorText(error));
}

/** The table that D1 did not find. Undefined for any other failure. */
export function missingTableOf(error: unknown): string | undefined {
  return /no such table: "?(?:main\.)?([^\s":]+)/.exec(errorText(error))?.[1];
}

/** Numbers and names of tables and columns, never a value. */
const NAMING_TEXTS: readonly RegExp[] = [
  /no such (?:table|column): [\w.]+(?= at offset \d+: SQLITE_|: SQLITE_)/,
  /table \w+ has no column named \w+(?= at offset \d+: SQLITE_|: SQLITE_)/,
  /(?:UNIQUE|NOT NULL|CHECK|FOREIGN KEY) constraint failed(?:: \w+(?:\.\w+)?(?:, \w+\.\w+)*)?(?=: SQLITE_)/,
  /Storage format \d{1,9} of (?:D1|the object) is unknown to this code/,
];

/**
 * The part of a message that is known to be the platform's own. Undefined where there is none: the message may be of
 * domain code, and then it may quote anything.
 */
export function platformWords(error: unknown): string | undefined {
  const text = errorText(error);
  const known = [...NAMING_TEXTS, /SQLITE_[A-Z]+/, ...TEXTS.flatMap(([, texts]) => texts)];
  return known.map((one) => one.exec(text)?.[0]).find((words) => words !== undefined);
}
