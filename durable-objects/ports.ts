/**
 * What the objects need of the world and of the Worker's side. Handed in, so that tests put faults around the real
 * platform and the objects never import the Worker.
 */
import type { Incident, ResolvedIncident } from '../core/failures/incident.ts';

export interface Ports<Env> {
  readonly nowMs: () => number;
  readonly newId: () => string;
  /** Puts one message on the queue `events`. */
  readonly sendEvents: (env: Env, message: string) => Promise<unknown>;
  /** How far the journal and every projection that moves have a stream, by D1's word. */
  readonly projectedVersion: (env: Env, tenant: string, stream: string) => Promise<number>;
  /** Builds a page of what a projection has to build. `idle`: there is nothing to do. */
  readonly buildPage: (env: Env, projection: string) => Promise<'more' | 'idle'>;
  /** Makes an incident of a stream known to operators, whether or not D1 can be reached. Never rejects. */
  readonly reportIncident: (env: Env, incident: Incident) => Promise<unknown>;
  /** Takes back what was reported of a stream, up to a version. Never rejects. */
  readonly resolveIncident: (env: Env, resolved: ResolvedIncident) => Promise<unknown>;
  readonly log: (level: 'info' | 'warn' | 'error', line: Readonly<Record<string, unknown>>) => void;
}
