/**
 * Classifies what D1 and Durable Objects throw. Both report failures as English text, objects with flags beside it;
 * this file is the only place that reads either. Every text has its source:
 * - D1: developers.cloudflare.com/d1/observability/debug-d1 (list of D1_ERRORs)
 * - objects: developers.cloudflare.com/durable-objects/observability/troubleshooting and best-practices/error-handling
 * - SQLite: the result code that D1 appends to SQLite's message, `…: SQLITE_CONSTRAINT` (sqlite.org/rescode.html)
 * - "Exceeded maximum DB size": not in the lists; reported from production by several public issue threads
 */
import type { Failure } from '../core/outcome.ts';

/**
 * `lost-race`: a compare-and-set failed. `refused`: SQLite does not take a row; trying again is of no use. `full`: no
 * room in the database. `overloaded`: too many requests wait. `schema`: a table or column is missing. `unreachable`: a
 * passing failure of the platform; whether the work was done is not known. `bug`: everything else.
 */
export type PlatformErrorKind =
  | 'lost-race'
  | 'refused'
  | 'full'
  | 'overloaded'
  | 'schema'
  | 'unreachable'
  | 'bug';

/** In this order: the first kind that has a matching text. */
const TEXTS: readonly (readonly [PlatformErrorKind, readonly RegExp[]])[] = [
  [
    'lost-race',
    // The columns whose NOT NULL guards a batch: each gets NULL where what was read is no longer true.
    [/NOT NULL constraint failed: (checkpoint\.version|serving_set\.revision|generation\.cursor)/],
  ],
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
      /Exceeded allowed .* free tier/, // a day's quota; reported from production by several public issue threads
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
      /internal error; reference = /, // workerd: any internal failure, by its log reference
    ],
  ],
  ['schema', [/no such (table|column)|has no column named/]],
  [
    'refused',
    [
      /SQLITE_CONSTRAINT|SQLITE_MISMATCH|SQLITE_TOOBIG/,
      /a sum beyond 2\^53 - 1/, // by the statement that adds: worker/projector/row-statements
      /malformed JSON/, // `json()` of a text that is none, which is how a batch is made to fail on purpose
    ],
  ],
];

/** What an error of D1 or of a call to an object means. */
export function platformErrorKind(error: unknown): PlatformErrorKind {
  if (hasFlag(error, 'overloaded')) return 'overloaded';
  if (hasFlag(error, 'retryable') || hasFlag(error, 'durableObjectReset')) return 'unreachable';
  const text = String(error);
  return TEXTS.find(([, texts]) => texts.some((one) => one.test(text)))?.[0] ?? 'bug';
}

/** The runtime sets flags to true; from a version on it also sets them to false. */
function hasFlag(error: unknown, flag: 'overloaded' | 'retryable' | 'durableObjectReset'): boolean {
  return typeof error === 'object' && error !== null && Reflect.get(error, flag) === true;
}

/** The kinds that pass by themselves, or when an operator makes room: the work waits, nothing is wrong with it. */
export type PassingKind = Extract<PlatformErrorKind, 'full' | 'overloaded' | 'unreachable'>;

/** In seconds, chance comes on top. Ours: an overloaded part gets time to recover, a full one waits for people. */
const PASSING: Readonly<
  Record<PassingKind, { readonly retryAfterSeconds: number; readonly detail: string }>
> = {
  unreachable: { retryAfterSeconds: 1, detail: 'A part of the platform did not answer.' },
  overloaded: { retryAfterSeconds: 2, detail: 'A part of the platform has too much to do.' },
  full: {
    retryAfterSeconds: 60,
    detail:
      'The database is full. Commands are still executed; read models wait until an operator makes room.',
  },
};

export function isPassing(kind: PlatformErrorKind): kind is PassingKind {
  return kind in PASSING;
}

/** The problem that a caller gets: undefined where asking again is of no use. */
export function unavailableBy(
  error: unknown,
): Extract<Failure, { outcome: 'unavailable' }> | undefined {
  const kind = platformErrorKind(error);
  if (!isPassing(kind)) return undefined;
  const { detail, retryAfterSeconds } = PASSING[kind];
  return { outcome: 'unavailable', detail, retryAfterSeconds: withJitter(retryAfterSeconds) };
}

/** Up to as much again, at least a second more: callers that failed together do not return together. Whole seconds. */
export function withJitter(seconds: number): number {
  return seconds + Math.floor(Math.random() * (seconds + 1));
}
