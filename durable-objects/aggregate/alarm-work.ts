/**
 * The work of the object's alarm: delete outcomes that have expired, fire timers, go on with actions, confirm that events have
 * arrived. The next alarm is set whatever fails, because workerd retries an alarm that throws only six times.
 */
import type { ActionRunner } from './actions/action-runner.ts';
import { confirmRelay, type ProjectedVersion } from './confirm-relay.ts';
import type { DeliveryIncidents } from './delivery-incidents.ts';
import { fireTimers } from './fire-timers.ts';
import type { Recovery } from './recovery/recovery.ts';
import { type CommandRun, storeWork } from './run-commands.ts';
import type { TimerIncidents } from './timer-incidents.ts';

export interface AlarmWork {
  readonly run: CommandRun;
  readonly projectedVersion: () => Promise<ProjectedVersion>;
  /** The time of the oldest message that the queue of the stream has not delivered. */
  readonly oldestMessageMs: () => Promise<number | undefined>;
  /** Reminds the queue of events up to this version. */
  readonly remind: (version: number) => Promise<void>;
  /** Sets the alarm to check again for newer code. */
  readonly awaitCode: () => Promise<void>;
  readonly recovery: Recovery;
  readonly actions: Pick<ActionRunner, 'goOn'>;
  readonly deliveryIncidents: DeliveryIncidents;
  readonly timerIncidents: TimerIncidents;
}

export async function workOffAlarm(work: AlarmWork): Promise<void> {
  const { storage, report } = work.run;
  const { alarm } = storage;
  alarm.forget();
  if (!storage.tables.hasKnownFormat) {
    // In an object that newer code has written only the alarm is set: its timers and events wait.
    const note = 'newer code has written this object: deploy that code again';
    report('error', { operation: 'alarm', note });
    return work.awaitCode();
  }
  // Timers of an export that is not whole yet.
  if (storage.restoring.open) return;
  if (work.recovery.isOpen) await work.recovery.attempt();
  // Without its newest events the object can neither decide what a timer sends nor know what has arrived.
  if (!work.recovery.isOpen) await workOn(work);
  alarm.armNext();
}

async function workOn(work: AlarmWork): Promise<void> {
  const { storage, report } = work.run;
  const { alarm } = storage;
  try {
    if (alarm.isForgettable) await storage.forgetAll();
    fireDueTimers(work);
  } catch (error) {
    report('error', { operation: 'alarm', error });
  }
  // Side by side: another system that is slow delays no confirmation.
  const acting = work.actions.goOn();
  if (alarm.isUnconfirmed) await confirm(work);
  await acting;
}

function fireDueTimers({ run, timerIncidents }: AlarmWork): void {
  fireTimers({
    storage: run.storage,
    executing: run.executing,
    nowMs: run.executing.nowMs,
    store: (work) => storeWork(run, work),
    threw: ({ command }, error) => run.report('error', { operation: 'command', command, error }),
    parked: (timer) => timerIncidents.parked(timer),
  });
}

async function confirm({ run, projectedVersion, remind, ...work }: AlarmWork): Promise<void> {
  /** A queue that does not answer is no reason to wait for it. */
  const oldestMessageMs = () =>
    work.oldestMessageMs().catch((error: unknown) => {
      run.report('warn', { operation: 'alarm', error });
      return undefined;
    });
  const { log } = run.storage;
  const { nowMs } = run.executing;
  const confirmation = await confirmRelay({
    ...{ log, nowMs, projectedVersion, oldestMessageMs, remind },
  });
  if ('error' in confirmation)
    run.report('warn', { operation: 'alarm', error: confirmation.error });
  if (confirmation.state === 'restored') work.recovery.begin(confirmation.journalVersion);
  await work.deliveryIncidents.note(log.head().version, confirmation);
}
