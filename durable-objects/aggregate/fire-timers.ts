/**
 * Fires the due timers one after another. The end of a timer and the events of its command are one transaction: it
 * fires once, or stays. A timer whose command has no definite outcome is parked: visible to operators, and not fired
 * again by itself.
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

/** Our limit, to keep one run short: more timers wait for the next alarm. */
const TIMERS_AT_ONCE = 100;

export interface TimerRun {
  readonly storage: Storage;
  readonly executing: CommandExecution;
  readonly nowMs: () => number;
  readonly store: (work: UnitOfWork) => void;
  readonly threw: (timer: ScheduledTimer, error: unknown) => void;
  readonly parked: (timer: StoppedTimer) => void;
}

/** The next due timer is read after each one, because its command may have cancelled or moved others. */
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
    // A decide or evolve that failed may have mutated the state.
    run.storage.image.discard();
    run.threw(timer, error);
    const after = timerThrew(timers, timer, run.nowMs());
    if (after.state !== 'scheduled') run.parked(after);
  }
}

/** Nothing is stored of a command without an outcome. */
function executeTimer(run: TimerRun, timer: ScheduledTimer): Failure | undefined {
  const command = timerCommand(run.executing.aggregate.commands, timer);
  if ('outcome' in command) return command;
  const work = new UnitOfWork(run.storage, [command]);
  work.endTimer(timer.id);
  const failure = withoutAnswer(executeCommand(run.executing, work, command));
  if (!failure) run.store(work);
  return failure;
}
