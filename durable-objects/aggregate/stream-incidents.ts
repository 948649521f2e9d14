/** Reports and resolves incidents of one stream. A failure here fails nothing: what has led to them is committed. */
import type { Incident, ResolvedIncident } from '../../core/failures/incident.ts';
import type { EventLog } from './event-log.ts';
import type { Report } from './report.ts';

export interface IncidentPorts {
  readonly incidents: {
    readonly report: (incident: Incident) => Promise<unknown>;
    readonly resolve: (resolved: ResolvedIncident) => Promise<unknown>;
  };
  /** Keeps the object awake until the promise is settled. */
  readonly waitUntil: (promise: Promise<unknown>) => void;
  readonly report: Report;
}

export class StreamIncidents {
  readonly #tenant: string;
  readonly #log: EventLog;
  readonly #ports: IncidentPorts;

  constructor(tenant: string, log: EventLog, ports: IncidentPorts) {
    this.#tenant = tenant;
    this.#log = log;
    this.#ports = ports;
  }

  get stream(): string {
    return this.#log.stream;
  }

  report(incident: Pick<Incident, 'kind' | 'cause' | 'remedy'>): void {
    this.#send(() => {
      const settledVersion = this.#log.confirmedVersion();
      return this.#ports.incidents.report({ ...this.#place(), settledVersion, ...incident });
    });
  }

  resolve(kind: Incident['kind']): void {
    this.#send(() => this.#ports.incidents.resolve({ ...this.#place(), kind }));
  }

  #place() {
    return { tenant: this.#tenant, stream: this.stream, version: this.#log.head().version };
  }

  #send(send: () => Promise<unknown>): void {
    this.#ports.waitUntil(this.#sent(send));
  }

  async #sent(send: () => Promise<unknown>): Promise<void> {
    try {
      await send();
    } catch (error) {
      this.#ports.report('error', { operation: 'incident', error });
    }
  }
}
