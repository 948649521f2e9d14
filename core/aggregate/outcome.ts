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
  /** How many events the answer had no room for; `events` is empty then. They are in the stream, up to `version`. */
  readonly eventsOmitted?: number;
  readonly token: string;
  /** True when the key was known: this is the recorded outcome, nothing happened now. */
  readonly replayed?: true;
}

/** The domain said no, for a reason of its own. Nothing was stored but, with a key, this outcome. */
export interface RejectedOutcome {
  readonly outcome: 'rejected';
  readonly stream: string;
  readonly version: number;
  readonly reason: string;
  readonly details: Json;
  readonly replayed?: true;
}

/** Where in the input, and what is wrong with it. */
export interface InputError {
  /** JSON pointer into the input, empty for the whole; or the name of a header, parameter or path segment. */
  readonly at: string;
  readonly message: string;
}

/** Everything that is not a success, for commands and queries alike. Problems are made from these, and only these. */
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
      /** The stream's read model stands still before an event that it cannot take. */
      readonly outcome: 'parked';
      readonly stream: string;
      readonly projection: string;
    }
  | { readonly outcome: 'wrong-state'; readonly detail: string }
  | { readonly outcome: 'invalid'; readonly errors: readonly InputError[] }
  | { readonly outcome: 'unauthorized' }
  | { readonly outcome: 'forbidden'; readonly detail: string }
  | {
      readonly outcome: 'unknown';
      readonly what: string;
      readonly name: string;
      /** The name of the app's definition that was most likely meant, */
      readonly suggestion?: string;
      /** else the names that there are, where they are few. */
      readonly known?: readonly string[];
    }
  | { readonly outcome: 'method-not-allowed'; readonly allowed: readonly string[] }
  | {
      readonly outcome: 'too-large';
      /** What is: the body when left out. */
      readonly what?: string;
      readonly limitBytes: number;
    }
  | {
      /** The position was given before D1 was restored. */
      readonly outcome: 'restored';
      /** The newest position that the journal is known to share with the one before; left out where none is known. */
      readonly common?: string;
    }
  | {
      /** The journal lacks a position after `after`, up to and with `upTo`. */
      readonly outcome: 'damaged';
      readonly after: number;
      readonly upTo: number;
    }
  | { readonly outcome: 'unsupported-media-type'; readonly expected: string }
  | { readonly outcome: 'upgrade-required' }
  | {
      readonly outcome: 'unavailable';
      readonly detail: string;
      readonly retryAfterSeconds: number;
      /** Of an operator's question that D1 could not answer: why, what to do, and what is known outside of D1. */
      readonly cause?: string;
      readonly remedy?: string;
      readonly incidents?: readonly KnownIncident[];
      /** Of the deep health check: each of its checks. */
      readonly checks?: readonly object[];
    }
  | { readonly outcome: 'failed' };

/** What became of a command. */
export type Outcome = AcceptedOutcome | Failure;

export function accepted(
  stream: string,
  version: number,
  events: readonly StoredEvent[],
): AcceptedOutcome {
  return { outcome: 'accepted', stream, version, events, token: formatToken({ stream, version }) };
}

/** The same outcome in an answer that has no room for its events. */
export function withoutEvents(outcome: AcceptedOutcome): AcceptedOutcome {
  const { length } = outcome.events;
  return length === 0 ? outcome : { ...outcome, events: [], eventsOmitted: length };
}

export function invalid(at: string, message: string): Failure {
  return { outcome: 'invalid', errors: [{ at, message }] };
}

/** An operation that does not fit what it is about, as that stands now. */
export function wrongState(detail: string): Failure {
  return { outcome: 'wrong-state', detail };
}
