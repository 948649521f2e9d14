/** The health object that keeps the cron's observations. It holds no incidents: those objects are named by numbers. */
import type { HealthStub, LedgeEnv } from '../runtime/env.ts';

export function observationsObject(env: LedgeEnv): HealthStub {
  return env.HEALTH.getByName('observations');
}
