/** Reports parked timers to the health object, and resolves an incident once its timer is no longer parked. */

import type { StoppedTimer } from '../../core/aggregate/timers.ts';
import { commandText } from '../../core/package-name.ts';
import type { Report } from './report.ts';
import type { StreamIncidents } from './stream-incidents.ts';

export class TimerIncidents {
  readonly #incidents: StreamIncidents;
  readonly #report: Report;

  constructor(incidents: StreamIncidents, report: Report) {
    this.#incidents = incidents;
    this.#report = report;
  }

  parked({ id, command, stop }: StoppedTimer): void {
    // The reason may quote domain code: the timer and its incident show it to operators.
    this.#report('error', { operation: 'timer', action: 'park', timer: id, command });
    const { stream } = this.#incidents;
    this.#incidents.report({
      kind: `timer/${id}`,
      cause: `The timer of the command ${command} does not fire any more. ${stop.reason}`,
      remedy: `Correct the code and deploy it, then retry the timer (${commandText(`timers retry ${stream}`)}), or cancel it.`,
    });
  }

  resolved(ids: readonly string[]): void {
    for (const id of ids) this.#incidents.resolve(`timer/${id}`);
  }
}
