/** The steps of the cron that each database has for itself. */
import { publicationsOf, schedulesOf } from '../core/app.ts';
import { sealJournal } from './journal/seal-journal.ts';
import { deleteUnnamed } from './journal/unnamed-objects.ts';
import type { RegisteredStreams } from './maintenance/registered-streams.ts';
import type { Steps } from './maintenance/steps.ts';
import { sweep } from './maintenance/sweep.ts';
import type { SweepResult } from './maintenance/walk-streams.ts';
import { notifyPending } from './notifications/notify-live-objects.ts';
import { projectorFor } from './projector/projector.ts';
import type { Placement } from './runtime/databases.ts';
import type { LedgeEnv } from './runtime/env.ts';
import type { Machinery } from './runtime/machinery.ts';
import { runSchedules } from './schedules/run-schedules.ts';
import { tendTenants } from './tenants/tend-tenants.ts';
import { wakeBehind } from './wake-ups/wake-subscriptions.ts';

/** The limit of a tick of the cron on registered streams and redrives; its walk over all streams has its own. */
export const SWEPT_STREAMS = 100;

/** Of how many marked watches a tick of the cron notifies the Live objects. */
const NOTIFIED_WATCHES = 1_000;

export interface Tick {
  readonly machinery: Machinery;
  readonly env: LedgeEnv;
  /** The minute that it is for. */
  readonly minuteMs: number;
  /** Whether it is the first one of an hour. */
  readonly isHour: boolean;
  readonly registered: RegisteredStreams;
}

/** What the sweep came to; undefined where it failed. */
export async function maintainDatabase(
  { machinery, env, minuteMs, isHour, registered }: Tick,
  placement: Placement,
  steps: Steps,
): Promise<SweepResult | undefined> {
  const { platform } = machinery;
  const projector = projectorFor(machinery, env, placement);
  // Beside the other steps: a tick waits for no sweep, and commands of a tick hold up no sweep.
  const schedules =
    schedulesOf(machinery.app).length > 0
      ? steps.run('run-schedules', () => runSchedules({ machinery, env, placement }, minuteMs))
      : undefined;
  await steps.run('notify-watchers', () => notifyPending(projector, NOTIFIED_WATCHES));
  if (publicationsOf(machinery.app).length > 0) {
    await steps.run('wake-subscriptions', () =>
      wakeBehind(env, platform.log, placement.database, platform.nowMs()),
    );
  }
  await steps.run('tend-tenants', () => tendTenants({ env, platform, projector }));
  await steps.run('seal-journal', () => sealJournal(projector, platform.nowMs, isHour));
  await steps.run('delete-objects', () => deleteUnnamed(projector, platform.nowMs()));
  const swept = await steps.run('sweep', () =>
    sweep(projector, {
      ...{ streams: SWEPT_STREAMS, pace: 'daily' },
      registered: () => registered(placement),
    }),
  );
  await schedules;
  return swept;
}
