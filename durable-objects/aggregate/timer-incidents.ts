/** Reports parked timers to the health object, and resolves an incident once its timer is no longer parked. */

import type { StoppedTimer } from '../../core/aggregate/timers.ts';
import type { Incident, ResolvedIncident } from '../../core/failures/incident.ts';
import { commandText } from '../../core/package-name.ts';
import type { EventLog } from './event-log.ts';
import type { Report } from './report.ts';

export interface TimerIncidentPorts {
  readonly incidents: {
    readonly report: (incident: Incident) => Promise<unknown>;
    readonly resolve: (resolved: ResolvedIncident) => Promise<unknown>;
  };
  /** Keeps the object awake until the promise is settled. */
  readonly waitUntil: (promise: Promise<unknown>) => void;
  readonly report: Report;
}

export class TimerIncidents {
  readonly #tenant: string;
  readonly #log: EventLog;
  readonly #ports: TimerIncidentPorts;

  constructor(tenant: string, log: EventLog, ports: TimerIncidentPorts) {
    this.#tenant = tenant;
    this.#log = log;
    this.#ports = ports;
  }

  parked(timer: StoppedTimer): void {
    const { id, command } = timer;
    const { report, incidents } = this.#ports;
    // The reason may quote domain code: the timer and its incident show it to operators.
    report('error', { operation: 'timer', action: 'park', timer: id, command });
    this.#send(() => {
      const settledVersion = this.#log.confirmedVersion();
      return incidents.report(timerIncident(timer, { ...this.#place(), settledVersion }));
    });
  }

  resolved(ids: readonly string[]): void {
    const { incidents } = this.#ports;
    for (const id of ids) {
      this.#send(() => incidents.resolve({ ...this.#place(), kind: `timer/${id}` }));
    }
  }

  #place() {
    return {
      tenant: this.#tenant,
      stream: this.#log.stream,
      version: this.#log.head().version,
    };
  }

  #send(send: () => Promise<unknown>): void {
    this.#ports.waitUntil(this.#sent(send));
  }

  /** A failure here must not fail the command, which is committed. */
  async #sent(send: () => Promise<unknown>): Promise<void> {
    try {
      await send();
    } catch (error) {
      this.#ports.report('error', { operation: 'timer-incident', error });
    }
  }
}

function timerIncident(
  { id, command, stop }: StoppedTimer,
  place: Pick<Incident, 'tenant' | 'stream' | 'version' | 'settledVersion'>,
): Incident {
  return {
    ...place,
    kind: `timer/${id}`,
    cause: `The timer of the command ${command} does not fire any more. ${stop.reason}`,
    remedy: `Correct the code and deploy it, then retry the timer (${commandText(`timers retry ${place.stream}`)}), or cancel it.`,
  };
}
