/**
 * The functions of the platform and of the Worker that the objects call. Injected, so that tests can add faults to the
 * real platform and the objects never import the Worker.
 */
import type { Incident, ResolvedIncident } from '../core/failures/incident.ts';
import type { Log } from '../core/failures/log-line.ts';
import type { InSpan } from '../core/operations/span.ts';
import type { RelayMessage } from '../core/protocol/relay-message.ts';
import type { MeasuredPage } from './rebuild/build-pace.ts';

type MessageStream = Pick<RelayMessage, 'tenant' | 'stream'>;

export interface Ports<Env> {
  readonly nowMs: () => number;
  readonly newId: () => string;
  /** Puts one message on the queue of its stream. */
  readonly sendEvents: (env: Env, message: string, of: MessageStream) => Promise<unknown>;
  /** The version of a stream that the journal and every active projection have, from D1. */
  readonly projectedVersion: (env: Env, tenant: string, stream: string) => Promise<number>;
  /** Builds a page of a projection's builds, of so many events at most. `idle`: there is nothing to build. */
  readonly buildPage: (
    env: Env,
    projection: string,
    eventsMax: number,
  ) => Promise<MeasuredPage | 'idle'>;
  /** Reports an incident of a stream to operators, whether or not D1 can be reached. Never rejects. */
  readonly reportIncident: (env: Env, incident: Incident) => Promise<unknown>;
  /** Resolves the incidents of a stream up to a version. Never rejects. */
  readonly resolveIncident: (env: Env, resolved: ResolvedIncident) => Promise<unknown>;
  readonly inSpan: InSpan;
  readonly log: Log;
}
