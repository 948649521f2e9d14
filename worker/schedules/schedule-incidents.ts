/** The incident of a schedule of a tenant: reported while a tick is not done, resolved when its place moves on. */
import type { ResolvedIncident } from '../../core/failures/incident.ts';
import { troubleOfTick, type UndoneTick } from '../../core/schedule/schedule-trouble.ts';
import { areResolved, reportIncidents } from '../incidents/incidents.ts';
import type { TickRunner } from './run-tick.ts';
import type { DueSchedule } from './schedule-rows.ts';

type TenantsSchedule = Pick<DueSchedule, 'schedule' | 'tenant'>;

export async function reportTrouble(
  { machinery, env }: TickRunner,
  of: TenantsSchedule,
  undone: UndoneTick,
): Promise<void> {
  const incident = { ...incidentOf(of), settledVersion: null, ...troubleOfTick(undone) };
  await reportIncidents(env, machinery.platform.log, [incident]);
}

/** False where a health object has not answered. */
export function endTrouble(
  { machinery, env }: TickRunner,
  all: readonly TenantsSchedule[],
): Promise<boolean> {
  return areResolved(env, machinery.platform.log, all.map(incidentOf));
}

/** It has no stream: a schedule is no aggregate. */
function incidentOf({ schedule, tenant }: TenantsSchedule): ResolvedIncident {
  return { tenant, stream: `ledge.schedule/${schedule.name}`, kind: 'schedule', version: 1 };
}
