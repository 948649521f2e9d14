/** What a parked timer tells an operator. */

import type { Incident } from '../../core/incident.ts';
import { commandText } from '../../core/package-name.ts';
import type { StoppedTimer } from '../../core/timers.ts';

type Place = Pick<Incident, 'tenant' | 'stream' | 'version' | 'settledVersion'>;

export function timerIncident({ id, command, stop }: StoppedTimer, place: Place): Incident {
  return {
    ...place,
    kind: `timer/${id}`,
    cause: `The timer of the command ${command} does not fire any more. ${stop.reason}`,
    remedy: `Correct the code and deploy it, then retry the timer (${commandText(`timers retry ${place.stream}`)}), or cancel it.`,
  };
}
