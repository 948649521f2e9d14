/**
 * Reports overdue events to the health object at each check of the alarm, and resolves the incident once they are
 * confirmed. While delivery works, nothing is sent.
 */
import { explainFailure } from '../../core/failures/explain-failure.ts';
import { type Incident, NOT_ARRIVED, type ResolvedIncident } from '../../core/failures/incident.ts';
import type { Confirmation } from './confirm-relay.ts';

export class DeliveryIncidents {
  readonly #stream: Pick<Incident, 'tenant' | 'stream'>;
  readonly #report: (incident: Incident) => Promise<unknown>;
  readonly #resolve: (resolved: ResolvedIncident) => Promise<unknown>;
  /** Lost with the memory: the health object then finds out itself that the incident is over. */
  #hasReported = false;

  constructor(
    stream: Pick<Incident, 'tenant' | 'stream'>,
    report: (incident: Incident) => Promise<unknown>,
    resolve: (resolved: ResolvedIncident) => Promise<unknown>,
  ) {
    this.#stream = stream;
    this.#report = report;
    this.#resolve = resolve;
  }

  /** `version`: the stream's head. */
  async note(version: number, confirmation: Confirmation): Promise<void> {
    const incident = { ...this.#stream, kind: 'delivery', version } as const;
    if (confirmation.state === 'overdue') {
      const { settledVersion } = confirmation;
      this.#hasReported = true;
      await this.#report({ ...incident, settledVersion, ...explanationOf(confirmation) });
    } else if (confirmation.state === 'confirmed' && this.#hasReported) {
      this.#hasReported = false;
      await this.#resolve(incident);
    }
  }
}

function explanationOf(confirmation: Confirmation) {
  return 'error' in confirmation ? explainFailure(confirmation.error) : NOT_ARRIVED;
}
