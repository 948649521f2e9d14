/** The functions of the Worker that a health object calls, apart from clock and log. */
import type { Incident, ResolvedIncident } from '../../core/failures/incident.ts';
import type { Ports } from '../ports.ts';

/** An incident, and its stream's version in the journal. */
export interface SettledIncident {
  readonly incident: Incident;
  readonly settledVersion: number;
}

export interface HealthPorts<Env> extends Pick<Ports<Env>, 'nowMs' | 'log'> {
  /** The version in the journal of each incident's stream, in one read of D1. */
  readonly settledVersions: (
    env: Env,
    incidents: readonly Incident[],
  ) => Promise<readonly SettledIncident[]>;
  /** Delivers the streams from their objects. Resolves to the incidents that this settles; never rejects. */
  readonly deliver: (
    env: Env,
    incidents: readonly Incident[],
  ) => Promise<readonly ResolvedIncident[]>;
}
