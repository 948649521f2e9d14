/** What a health object needs of the Worker's side, beside the clock and the log. */
import type { Incident, ResolvedIncident } from '../../core/failures/incident.ts';
import type { Ports } from '../ports.ts';

/** An incident, and how far the journal is for its stream. */
export interface SettledIncident {
  readonly incident: Incident;
  readonly settledVersion: number;
}

export interface HealthPorts<Env> extends Pick<Ports<Env>, 'nowMs' | 'log'> {
  /** How far the journal is for each incident's stream, in one read of D1. */
  readonly settledVersions: (
    env: Env,
    incidents: readonly Incident[],
  ) => Promise<readonly SettledIncident[]>;
  /** Delivers the streams from their objects. Resolves to the incidents that are settled by that; never rejects. */
  readonly deliver: (
    env: Env,
    incidents: readonly Incident[],
  ) => Promise<readonly ResolvedIncident[]>;
}
