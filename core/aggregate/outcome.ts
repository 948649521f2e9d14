/**
 * The results of commands, and the failures of commands and queries, as one union: over RPC, over HTTP and in the
 * client.
 */

import type { KnownIncident } from '../failures/incident.ts';
import type { Json } from '../values/json.ts';
import type { StoredEvent } from './event.ts';
import { formatToken } from './stream.ts';

/** The command is in the log. `token` makes a query include it. */
export interface AcceptedOutcome {
  readonly outcome: 'accepted';
  readonly stream: string;
  /** The stream's version after the command. */
  readonly version: number;
  readonly events: readonly StoredEvent[];
  /**
   * The number of events that did not fit into the response; `events` is empty then. They are in the stream, up to
   * `version`.
   */
  readonly eventsOmitted?: number;
  readonly token: string;
  /** True for a known idempotency key: this is the recorded outcome, and nothing was executed now. */
  readonly replayed?: true;
}

/** The domain rejected the command. Nothing was stored except, with an idempotency key, this outcome. */
export interface RejectedOutcome {
  readonly outcome: 'rejected';
  readonly stream: string;
  readonly version: number;
  readonly reason: string;
  readonly details: Json;
  readonly replayed?: true;
}

/** A place in the input, and its fault. */
export interface InputError {
  /** JSON pointer into the input, empty for the whole; or the name of a header, parameter or path segment. */
  readonly at: string;
  readonly message: string;
}

/**
 * Why a credential is refused. `invalid` is everything else: unknown, revoked, forged or malformed, which a caller
 * cannot tell apart.
 */
export type RefusalReason = 'missing' | 'expired' | 'not-valid-yet' | 'invalid';

/** What there is too much of. */
export type UsageLimit =
  | 'requests'
  | 'refused-credentials'
  | 'commands'
  | 'streams'
  | 'rows'
  | 'sockets'
  | 'queries'
  | 'polls';

/** `read-only`: commands are refused. `closed`: everything is. The reason is its callers' to read. */
export interface Suspension {
  readonly mode: 'read-only' | 'closed';
  readonly reason: string;
}

/** Every failure of a command or query. Problems are made from these alone. */
export type Failure =
  | RejectedOutcome
  | {
      readonly outcome: 'conflict';
      readonly stream: string;
      readonly expected: number;
      readonly actual: number;
    }
  | { readonly outcome: 'key-reused'; readonly stream: string }
  | {
      /** A parked event holds back the read model on this stream. */
      readonly outcome: 'parked';
      readonly stream: string;
      readonly projection: string;
    }
  | { readonly outcome: 'wrong-state'; readonly detail: string }
  | {
      /** The command has personal data of a subject that was forgotten, and not authorized again. */
      readonly outcome: 'subject-forgotten';
      readonly subject: string;
    }
  | { readonly outcome: 'invalid'; readonly errors: readonly InputError[] }
  | { readonly outcome: 'unauthorized'; readonly why: RefusalReason }
  | {
      readonly outcome: 'forbidden';
      readonly detail: string;
      /** The grant that no role of the caller has: `command order/CancelOrder`. */
      readonly needs?: string;
    }
  | {
      /** The tenant of the caller is suspended by an operator of the deployment. */
      readonly outcome: 'suspended';
      readonly mode: Suspension['mode'];
      readonly reason: string;
    }
  | {
      readonly outcome: 'unknown';
      readonly what: string;
      readonly name: string;
      /** The most similar name in the app, */
      readonly suggestion?: string;
      /** else the names that there are, where they are few. */
      readonly known?: readonly string[];
    }
  | { readonly outcome: 'method-not-allowed'; readonly allowed: readonly string[] }
  | {
      readonly outcome: 'too-large';
      /** What is too large; the body when left out. */
      readonly what?: string;
      readonly limitBytes: number;
    }
  | {
      /** A result without pages has more rows than this. */
      readonly outcome: 'too-many-rows';
      readonly limitRows: number;
    }
  | {
      /** The position was issued before D1 was restored. */
      readonly outcome: 'restored';
      /** The newest position that the journal shares with the one before the restore; left out if unknown. */
      readonly common?: string;
    }
  | {
      /** The journal lacks a position; the log has its number, which counts the events of all tenants. */
      readonly outcome: 'damaged';
    }
  | {
      readonly outcome: 'too-many-requests';
      readonly limit: UsageLimit;
      /** By which the limit is counted. */
      readonly scope: 'principal' | 'tenant' | 'address';
      readonly quota: number;
      /** Left out: the quota is of what is open at one time. */
      readonly windowSeconds?: number;
      readonly retryAfterSeconds: number;
    }
  | { readonly outcome: 'unsupported-media-type'; readonly expected: string }
  | { readonly outcome: 'upgrade-required' }
  | {
      readonly outcome: 'unavailable';
      readonly detail: string;
      readonly retryAfterSeconds: number;
      /** For a command of a batch that is held up: how many messages wait in the queue. */
      readonly backlog?: number;
      /** For an operator's request that D1 could not answer: the cause, the remedy, and what is known outside of D1. */
      readonly cause?: string;
      readonly remedy?: string;
      readonly incidents?: readonly KnownIncident[];
      /** For the deep health check: each of its checks. */
      readonly checks?: readonly object[];
    }
  | { readonly outcome: 'failed' };

/** The result of a command. */
export type Outcome = AcceptedOutcome | Failure;

export function accepted(
  stream: string,
  version: number,
  events: readonly StoredEvent[],
): AcceptedOutcome {
  return { outcome: 'accepted', stream, version, events, token: formatToken({ stream, version }) };
}

/** The same outcome without its events, for a response that they do not fit into. */
export function withoutEvents(outcome: AcceptedOutcome): AcceptedOutcome {
  const { length } = outcome.events;
  return length === 0 ? outcome : { ...outcome, events: [], eventsOmitted: length };
}

export function invalid(at: string, message: string): Failure {
  return { outcome: 'invalid', errors: [{ at, message }] };
}

/** A principal has too much open at one time. Our time: nothing says when there is less. */
export function tooManyOpen(limit: UsageLimit, quota: number): Failure {
  return { outcome: 'too-many-requests', limit, scope: 'principal', quota, retryAfterSeconds: 10 };
}

/** An operation that its target's current state does not allow. */
export function wrongState(detail: string): Failure {
  return { outcome: 'wrong-state', detail };
}
