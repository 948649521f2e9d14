/** `ledge sagas [show SAGA ID]`: the state of long-running processes, and what an operator does with one. */
import { type Command, Option } from 'commander';
import { sagaStatuses } from '../core/process/saga-events.ts';
import {
  type CommandPart,
  operatorCommand,
  utcTime,
  wholeNumber,
} from './operations/command-line.ts';
import * as handle from './operations/handle-sagas.ts';

interface ListFlags extends handle.SagaFilter {
  readonly status: string;
  readonly limit: number;
}

interface ReasonFlag {
  readonly reason: string;
}

const list: CommandPart = (program, conclude) => {
  program
    .command('list', { isDefault: true })
    .description('those that wait for you, the longest first')
    .addOption(
      new Option('--status <status>', 'with this status')
        .choices([...sagaStatuses, 'all'])
        .default('attention'),
    )
    .option('--saga <name>', 'of this kind')
    .option('--correlation <id>', 'of this correlation id')
    .option('--before <time>', 'started before this time (ISO 8601 with its zone)', utcTime)
    .option('--after <time>', 'started after this time', utcTime)
    .option('--limit <n>', 'how many at most', wholeNumber, 100)
    .action(({ status, limit, ...filter }: ListFlags) =>
      conclude((flags) => handle.list(flags, filter, status, limit)),
    );
};

const show: CommandPart = (program, conclude) => {
  onSaga(program, 'show', 'its status, what it waits for, and its timeline').action(
    (saga: string, id: string) => conclude((flags) => handle.show(flags, { saga, id })),
  );
};

const retry: CommandPart = (program, conclude) => {
  onEffect(program, 'retry', 'sends a rejected command again').action(
    (saga: string, id: string, effect: string, { reason }: ReasonFlag) =>
      conclude((flags) => handle.retry(flags, { saga, id }, { effect, reason })),
  );
};

function settling(operation: 'skip' | 'resolve', description: string): CommandPart {
  return (program, conclude) => {
    onEffect(program, operation, description).action(
      (saga: string, id: string, effect: string, { reason }: ReasonFlag) =>
        conclude((flags) => handle.settle(flags, { saga, id }, operation, { effect, reason })),
    );
  };
}

const cancel: CommandPart = (program, conclude) => {
  onSaga(program, 'cancel', 'takes back what was done, as far as there is a way back')
    .requiredOption('--reason <text>', 'why; it is recorded')
    .action((saga: string, id: string, { reason }: ReasonFlag) =>
      conclude((flags) => handle.cancel(flags, { saga, id }, reason)),
    );
};

function onSaga(program: Command, name: string, description: string): Command {
  return program.command(name).description(description).argument('<saga>').argument('<id>');
}

function onEffect(program: Command, name: string, description: string): Command {
  return onSaga(program, name, description)
    .argument('<effect>', 'as show calls it, like reserve/0/undo')
    .requiredOption('--reason <text>', 'why; it is recorded');
}

export const sagas = operatorCommand(
  'sagas',
  'Long-running processes: their status, and what to do with those that need an operator.',
  ...[list, show, retry],
  settling('skip', 'continues as if the command had never been requested'),
  settling('resolve', 'continues as if the command had been accepted'),
  cancel,
);
