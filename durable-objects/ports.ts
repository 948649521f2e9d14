/**
 * The functions of the platform and of the Worker that the objects call. Injected, so that tests can add faults to the
 * real platform and the objects never import the Worker.
 */
import type { StoredEvent } from '../core/aggregate/event.ts';
import type { Incident, ResolvedIncident } from '../core/failures/incident.ts';
import type { Log } from '../core/failures/log-line.ts';
import type { InSpan } from '../core/operations/span.ts';
import type { Reaction } from '../core/process/reactor.ts';
import type { RelayMessage } from '../core/protocol/relay-message.ts';
import type { ProjectedVersion } from './aggregate/confirm-relay.ts';
import type { StreamJournalPage } from './aggregate/recovery/journal-walk.ts';
import type { JournalEnd } from './aggregate/recovery/recovery.ts';
import type { MeasuredPage } from './rebuild/build-pace.ts';

type MessageStream = Pick<RelayMessage, 'tenant' | 'stream'>;

/** Who sends a command that follows from an event, and under which key. */
export interface ReactionOrigin {
  readonly actor: string;
  readonly idempotencyKey: string;
}

/** `answered`: accepted or rejected. `refused`: no attempt can execute it. `unsent`: another attempt may. */
export type SentReaction =
  | { readonly state: 'answered' }
  | { readonly state: 'refused' | 'unsent'; readonly cause: string };

export interface Ports<Env> {
  readonly nowMs: () => number;
  readonly newId: () => string;
  /** Puts one message on the queue of its stream. */
  readonly sendEvents: (env: Env, message: string, of: MessageStream) => Promise<unknown>;
  /**
   * The time of the oldest message that the queue of a stream has not delivered, in ms. Undefined where it has none, or
   * the platform does not report it.
   */
  readonly oldestMessageMs: (env: Env, of: MessageStream) => Promise<number | undefined>;
  /** Sends a command that follows from an event. Never rejects. */
  readonly sendReaction: (
    env: Env,
    event: StoredEvent,
    reaction: Reaction,
    origin: ReactionOrigin,
  ) => Promise<SentReaction>;
  /** The plain value of a sealed one; null where its subject is forgotten. */
  readonly openPersonal: (env: Env, tenant: string, sealed: string) => Promise<unknown>;
  /** The environment as the embedding Worker has it, for the handlers of actions. */
  readonly ownEnv: (env: Env) => object;
  /** The version of a stream that the journal and every active projection have, from D1. */
  readonly projectedVersion: (
    env: Env,
    tenant: string,
    stream: string,
  ) => Promise<ProjectedVersion>;
  /** How far the journal has a stream, from D1's primary. */
  readonly journalEnd: (env: Env, tenant: string, stream: string) => Promise<JournalEnd>;
  /** The events of a stream among the journal's positions after one, `limit` positions at most. */
  readonly readJournal: (
    env: Env,
    of: MessageStream,
    after: number,
    limit: number,
  ) => Promise<StreamJournalPage>;
  /** A new key of a subject, wrapped for the tenant; and a wrapped key, wrapped by the current secret. */
  readonly newSubjectKey: (env: Env, tenant: string) => Promise<string>;
  readonly rewrapSubjectKey: (env: Env, tenant: string, wrapped: string) => Promise<string>;
  /**
   * Builds a page of a projection's builds in a database, of so many events at most. `object`: the name of their
   * object (`nameIn`). `idle`: there is nothing to build.
   */
  readonly buildPage: (
    env: Env,
    object: string,
    eventsMax: number,
  ) => Promise<MeasuredPage | 'idle'>;
  /** Reports an incident of a stream to operators, whether or not D1 can be reached. Never rejects. */
  readonly reportIncident: (env: Env, incident: Incident) => Promise<unknown>;
  /** Resolves the incidents of a stream up to a version. Never rejects. */
  readonly resolveIncident: (env: Env, resolved: ResolvedIncident) => Promise<unknown>;
  readonly inSpan: InSpan;
  readonly log: Log;
}
