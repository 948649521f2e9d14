/** `npm run sagas [-- show SAGA ID]`: where long-running processes stand, and what an operator does about one. */
import { type Command, Option } from 'commander';
import { sagaStatuses } from '../core/saga-events.ts';
import {
  conclude,
  type Flags,
  operatorCommand,
  runProgram,
  utcTime,
  wholeNumber,
} from './operations/command-line.ts';
import { cancel, type Filter, list, retry, settle, show } from './operations/handle-sagas.ts';

interface ListFlags extends Filter {
  readonly status: string;
  readonly limit: number;
}

interface Because {
  readonly reason: string;
}

const program = operatorCommand(
  'sagas',
  'Long-running processes: where they stand, and what becomes of those that cannot go on by themselves.',
);

program
  .command('list', { isDefault: true })
  .description('those that wait for you, the longest first')
  .addOption(
    new Option('--status <status>', 'where they stand')
      .choices([...sagaStatuses, 'all'])
      .default('attention'),
  )
  .option('--saga <name>', 'of this kind')
  .option('--correlation <id>', 'of this conversation')
  .option('--before <time>', 'started before this time (ISO 8601 with its zone)', utcTime)
  .option('--after <time>', 'started after this time', utcTime)
  .option('--limit <n>', 'how many at most', wholeNumber, 100)
  .action(({ status, limit, ...filter }: ListFlags) =>
    conclude(flags(), list(flags(), filter, status, limit)),
  );

onSaga('show', 'where it stands, what it waits for, and how it came there').action(
  (saga: string, id: string) => conclude(flags(), show(flags(), { saga, id })),
);

onEffect('retry', 'sends a rejected command again').action(
  (saga: string, id: string, effect: string, { reason }: Because) =>
    conclude(flags(), retry(flags(), { saga, id }, { effect, reason })),
);

onEffect('skip', 'goes on as if a command had never been wanted').action(
  (saga: string, id: string, effect: string, { reason }: Because) =>
    conclude(flags(), settle(flags(), { saga, id }, 'skip', { effect, reason })),
);

onEffect('resolve', 'goes on as if a command had been accepted').action(
  (saga: string, id: string, effect: string, { reason }: Because) =>
    conclude(flags(), settle(flags(), { saga, id }, 'resolve', { effect, reason })),
);

onSaga('cancel', 'takes back what was done, as far as there is a way back')
  .requiredOption('--reason <text>', 'why; it is recorded')
  .action((saga: string, id: string, { reason }: Because) =>
    conclude(flags(), cancel(flags(), { saga, id }, reason)),
  );

await runProgram(program);

function onSaga(name: string, description: string): Command {
  return program.command(name).description(description).argument('<saga>').argument('<id>');
}

function onEffect(name: string, description: string): Command {
  return onSaga(name, description)
    .argument('<effect>', 'as show calls it, like reserve/0/undo')
    .requiredOption('--reason <text>', 'why; it is recorded');
}

function flags(): Flags {
  return program.opts<Flags>();
}
