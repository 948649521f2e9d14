/** Reports parked actions to the health object, and resolves an incident once its action is no longer parked. */
import type { StoredAction } from '../../../core/action/stored-action.ts';
import type { Incident } from '../../../core/failures/incident.ts';
import { commandText } from '../../../core/package-name.ts';
import type { Report } from '../report.ts';
import type { StreamIncidents } from '../stream-incidents.ts';

export class ActionIncidents {
  readonly #incidents: StreamIncidents;
  readonly #report: Report;

  constructor(incidents: StreamIncidents, report: Report) {
    this.#incidents = incidents;
    this.#report = report;
  }

  parked({ action, version, cause }: StoredAction): void {
    // The cause may quote another system: the action and its incident show it to operators.
    this.#report('error', { operation: 'action', action: 'park', actionName: action });
    const operated = `${this.#incidents.stream} ${action} ${version}`;
    this.#incidents.report({
      kind: kindOf({ action, version }),
      cause: `The action ${action} on version ${version} is parked, and later ones of the stream wait for it. ${cause ?? ''}`,
      remedy: `Correct what has failed, then retry it (${commandText(`actions retry ${operated}`)}), or skip it (${commandText(`actions skip ${operated}`)}).`,
    });
  }

  resolved(stored: Pick<StoredAction, 'action' | 'version'>): void {
    this.#incidents.resolve(kindOf(stored));
  }
}

function kindOf({ action, version }: Pick<StoredAction, 'action' | 'version'>): Incident['kind'] {
  return `action/${action}@${version}`;
}
