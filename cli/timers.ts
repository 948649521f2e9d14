/** `ledge timers list STREAM`: commands that a stream sends itself later, and what an operator does with one. */
import { Option } from 'commander';
import { timerStates } from '../core/aggregate/timers.ts';
import {
  type CommandPart,
  operatorCommand,
  stream,
  wholeNumber,
} from './operations/command-line.ts';
import * as handle from './operations/handle-timers.ts';

interface ListFlags {
  readonly state: string;
  readonly limit: number;
}

const list: CommandPart = (program, conclude) => {
  program
    .command('list')
    .description('the timers of a stream, by their ids')
    .argument('<stream>', 'like order/o-1', stream)
    .addOption(
      new Option('--state <state>', 'in this state')
        .choices([...timerStates, 'all'])
        .default('all'),
    )
    .option('--limit <n>', 'how many at most', wholeNumber, 100)
    .action((name: string, { state, limit }: ListFlags) =>
      conclude((flags) => handle.list(flags, name, state, limit)),
    );
};

function onTimer(operation: 'retry' | 'cancel', description: string): CommandPart {
  return (program, conclude) => {
    program
      .command(operation)
      .description(description)
      .argument('<stream>', 'like order/o-1', stream)
      .argument('<timer>', 'its id, as list prints it')
      .requiredOption('--reason <text>', 'why; it is recorded')
      .action((name: string, timer: string, { reason }: { readonly reason: string }) =>
        conclude((flags) => handle.operate(flags, name, operation, { timer, reason })),
      );
  };
}

export const timers = operatorCommand(
  'timers',
  'Commands that a stream sends itself later. The timeouts and retries of a saga are timers of its stream.',
  list,
  onTimer('retry', 'schedules a parked or cancelled timer again, for its time'),
  onTimer('cancel', 'stops a timer; it is kept with the reason until it is retried'),
);
