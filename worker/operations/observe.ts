/** The cron's last step: what is wrong now, and the sizes, go to the object that logs alerts and keeps both. */
import type { FoundAlert } from '../../core/failures/alert-notices.ts';
import type { AlertName } from '../../core/failures/alerts.ts';
import type { SweptRound } from '../../core/operator-shapes/verification.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import type { Machinery } from '../runtime/machinery.ts';
import { observationsStub } from '../runtime/object-stubs.ts';
import { readFigures } from './figures.ts';
import { foundAlerts, unknownAlerts } from './found-alerts.ts';
import { withLags } from './operations-status.ts';

/** What the steps before have come to. */
export interface Upkeep {
  readonly failed: readonly string[];
  /** Undefined where the sweep failed. */
  readonly swept:
    | (Pick<SweptRound, 'repaired'> & { readonly behind: readonly unknown[] })
    | undefined;
}

export async function observe(
  machinery: Machinery,
  env: LedgeEnv,
  { failed, swept }: Upkeep,
): Promise<void> {
  const figures = withLags(machinery.app, await readFigures(machinery, env));
  const unknown: AlertName[] = swept ? [] : ['sweep-behind'];
  await observationsStub(env).observe({
    found: [...foundAlerts(figures), ...failed.map(failing), ...sweepBehind(swept)],
    unknown: [...unknownAlerts(figures), ...unknown],
    sizes: figures.databases.flatMap(({ name: database, bytes }) =>
      bytes === undefined ? [] : [{ database, bytes }],
    ),
  });
}

function failing(step: string): FoundAlert {
  return { name: 'upkeep-failing', subject: step };
}

function sweepBehind(swept: Upkeep['swept']): FoundAlert[] {
  const left = swept ? swept.behind.length - swept.repaired : 0;
  return left > 0 ? [{ name: 'sweep-behind', subject: 'sweep', figures: { incidents: left } }] : [];
}
