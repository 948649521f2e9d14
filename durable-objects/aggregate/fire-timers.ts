/**
 * The timers whose time has come, one after another. A timer and what its command writes are one transaction: it fires
 * once, or it is still there. What has no definite outcome is parked: kept, visible, and never fired by itself again.
 */
import type { Failure } from '../../core/aggregate/outcome.ts';
import { timerCommand } from '../../core/aggregate/timer-command.ts';
import {
  dueTimer,
  parkTimer,
  type ScheduledTimer,
  type StoppedTimer,
  timerThrew,
  withoutAnswer,
} from '../../core/aggregate/timers.ts';
import { failureText } from '../../core/protocol/problem.ts';
import { type CommandExecution, executeCommand } from './execute-command.ts';
import { type Storage, UnitOfWork } from './unit-of-work.ts';

/** More wait for the alarm that is set right after. Ours, to keep one run short. */
const TIMERS_AT_ONCE = 100;

export interface TimerRun {
  readonly storage: Storage;
  readonly executing: CommandExecution;
  readonly nowMs: () => number;
  readonly store: (work: UnitOfWork) => void;
  readonly threw: (timer: ScheduledTimer, error: unknown) => void;
  readonly parked: (timer: StoppedTimer) => void;
}

/** What is due next is read again after each one: its command may have cancelled or moved the others. */
export function fireTimers(run: TimerRun): void {
  for (let fired = 0; fired < TIMERS_AT_ONCE; fired++) {
    const timer = dueTimer(run.storage.timers, run.nowMs());
    if (!timer) return;
    fireTimer(run, timer);
  }
}

function fireTimer(run: TimerRun, timer: ScheduledTimer): void {
  const { timers } = run.storage;
  try {
    const failure = executeTimer(run, timer);
    if (failure) run.parked(parkTimer(timers, timer, failureText(failure), run.nowMs()));
  } catch (error) {
    // A decide or evolve that failed may have changed the state in place.
    run.storage.image.discard();
    run.threw(timer, error);
    const after = timerThrew(timers, timer, run.nowMs());
    if (after.state !== 'scheduled') run.parked(after);
  }
}

/** Nothing is stored of a command that got no answer. */
function executeTimer(run: TimerRun, timer: ScheduledTimer): Failure | undefined {
  const command = timerCommand(run.executing.aggregate.commands, timer);
  if ('outcome' in command) return command;
  const work = new UnitOfWork(run.storage, [command]);
  work.endTimer(timer.id);
  const failure = withoutAnswer(executeCommand(run.executing, work, command));
  if (!failure) run.store(work);
  return failure;
}
