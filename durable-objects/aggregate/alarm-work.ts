/**
 * What the object does when its alarm fires: forget what nothing needs, fire timers, confirm that events have arrived.
 * Whatever fails, the next alarm is set: the runtime repeats one that throws only six times.
 */
import { confirmRelay } from './confirm-relay.ts';
import type { DeliveryIncidents } from './delivery-incidents.ts';
import { fireTimers } from './fire-timers.ts';
import { type CommandRun, storeWork } from './run-commands.ts';
import type { TimerIncidents } from './timer-incidents.ts';

export interface AlarmWork {
  readonly run: CommandRun;
  readonly projectedVersion: () => Promise<number>;
  /** Reminds the queue of events up to this version. */
  readonly remind: (version: number) => Promise<void>;
  /** Sets the alarm for a look whether the code is newer. */
  readonly awaitCode: () => Promise<void>;
  readonly deliveryIncidents: DeliveryIncidents;
  readonly timerIncidents: TimerIncidents;
}

export async function workOffAlarm(work: AlarmWork): Promise<void> {
  const { storage, report } = work.run;
  const { alarm } = storage;
  alarm.forget();
  if (!storage.tables.hasKnownFormat) {
    // The alarm is all that is set of an object that newer code has written: its timers and events wait.
    report('error', 'alarm', 'Newer code has written this object: deploy that code again.');
    return work.awaitCode();
  }
  try {
    if (alarm.isForgettable) await storage.forgetAll();
    fireDueTimers(work);
  } catch (error) {
    report('error', 'alarm', error);
  }
  if (alarm.isUnconfirmed) await confirm(work);
  alarm.armNext();
}

function fireDueTimers({ run, timerIncidents }: AlarmWork): void {
  fireTimers({
    storage: run.storage,
    executing: run.executing,
    nowMs: run.executing.nowMs,
    store: (work) => storeWork(run, work),
    threw: ({ command }, error) => run.report('error', command, error),
    parked: (timer) => timerIncidents.parked(timer),
  });
}

async function confirm({ run, projectedVersion, remind, ...work }: AlarmWork): Promise<void> {
  const { log } = run.storage;
  const { nowMs } = run.executing;
  const confirmation = await confirmRelay({ log, nowMs, projectedVersion, remind });
  if ('error' in confirmation) run.report('warn', 'alarm', confirmation.error);
  await work.deliveryIncidents.note(log.head().version, confirmation);
}
