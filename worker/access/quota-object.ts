/** The health object that counts what a tenant uses of its quotas. It holds no incidents: those have numbers for names. */
import type { HealthStub, LedgeEnv } from '../runtime/env.ts';

export function quotaObject(env: LedgeEnv, tenant: string): HealthStub {
  return env.HEALTH.getByName(`quota/${tenant}`);
}
