/**
 * Runs the commands of one call in order, in as few transactions as their events allow. A command that cannot be
 * decided or stored does not affect the others.
 */
import type { Command } from '../../core/aggregate/command.ts';
import type { StoredEvent } from '../../core/aggregate/event.ts';
import { invalid, type Outcome } from '../../core/aggregate/outcome.ts';
import { platformErrorKind } from '../../core/failures/platform-error.ts';
import type { AggregateStorage } from './aggregate-storage.ts';
import { type CommandExecution, executeCommand } from './execute-command.ts';
import type { Report } from './report.ts';
import { UnitOfWork } from './unit-of-work.ts';

export interface CommandRun {
  readonly storage: AggregateStorage;
  readonly executing: CommandExecution;
  /** Offers committed events to the relay, with the id of the event before them. */
  readonly offer: (events: readonly StoredEvent[], before: string) => void;
  /** Called after a commit, for the actions on its events. */
  readonly act: () => void;
  /** Called with the timers that are no longer parked. */
  readonly released: (timerIds: readonly string[]) => void;
  readonly report: Report;
}

/** The outcomes of a call so far, and the bytes of their events. */
interface CallAnswer {
  readonly outcomes: Outcome[];
  bytes: number;
}

/** One outcome per command, in the order of the commands. */
export function runCommands(run: CommandRun, commands: readonly Command[]): Outcome[] {
  const answer: CallAnswer = { outcomes: [], bytes: 0 };
  while (answer.outcomes.length < commands.length) {
    runUnit(run, answer, commands.slice(answer.outcomes.length));
  }
  return answer.outcomes;
}

/**
 * Executes the first commands, as many as fit into one unit of work, in one transaction. If that fails, each gets a
 * transaction of its own.
 */
function runUnit(run: CommandRun, answer: CallAnswer, commands: readonly Command[]): void {
  const outcomes: Outcome[] = [];
  try {
    const work = new UnitOfWork(run.storage, commands, answer.bytes);
    for (const command of commands) {
      if (work.isFull) break;
      outcomes.push(runOne(run, work, command));
    }
    storeWork(run, work);
    answer.outcomes.push(...outcomes);
    answer.bytes = work.answeredBytes;
  } catch (error) {
    const [only, ...others] = commands;
    if (only && others.length === 0) {
      answer.outcomes.push(failed(run, only, error));
      return;
    }
    const tried = commands.slice(0, outcomes.length || commands.length);
    for (const command of tried) runUnit(run, answer, [command]);
  }
}

/** A command that throws leaves nothing in the unit: a bug in the domain affects one command. */
function runOne(run: CommandRun, work: UnitOfWork, command: Command): Outcome {
  try {
    return executeCommand(run.executing, work, command);
  } catch (error) {
    work.discardState();
    const outcome = failed(run, command, error);
    const isUnfoldable = command.imports && platformErrorKind(error) === 'bug';
    return isUnfoldable ? unfoldable(command.name) : outcome;
  }
}

function unfoldable(type: string): Outcome {
  return invalid(
    '/data',
    `The state cannot be folded with it: an upcaster or evolve of ${type} throws. The log has the error.`,
  );
}

function failed({ report }: CommandRun, command: Command, error: unknown): Outcome {
  report('error', { operation: 'command', command: command.name, error });
  return { outcome: 'failed' };
}

/** Commits a unit of work, then offers its events to the relay and begins the actions on them. */
export function storeWork({ storage, offer, act, released }: CommandRun, work: UnitOfWork): void {
  if (work.isEmpty) return;
  storage.commit(() => work.write(), work.storedVersion);
  released(storage.timers.takeReleased());
  work.remember();
  offer(work.events, work.before);
  act();
}
