/** `npm run dead-letters [-- show ID]`: what projections cannot take, and what an operator does about it. */
import { type Command, Option } from 'commander';
import { deadLetterStatuses } from '../core/dead-letter.ts';
import {
  conclude,
  type Flags,
  operatorCommand,
  runProgram,
  wholeNumber,
} from './operations/command-line.ts';
import {
  discard,
  type Filter,
  list,
  redriveMatching,
  redriveOne,
  show,
} from './operations/handle-dead-letters.ts';

interface ListFlags extends Filter {
  readonly status: string;
  readonly limit: number;
}

interface RedriveFlags extends Filter {
  readonly all: boolean;
}

const program = operatorCommand(
  'dead-letters',
  'Events that a projection cannot take, and messages that the queue gave up on.',
);

withFilters(program.command('list', { isDefault: true }).description('those that wait for you'))
  .addOption(
    new Option('--status <status>', 'where they stand')
      .choices([...deadLetterStatuses, 'all'])
      .default('parked'),
  )
  .option('--limit <n>', 'how many at most', wholeNumber, 100)
  .action(({ status, limit, ...filter }: ListFlags) =>
    conclude(flags(), list(flags(), filter, status, limit)),
  );

program
  .command('show')
  .description('everything about one, the data of its event included')
  .argument('<id>')
  .action((id: string) => conclude(flags(), show(flags(), id)));

withFilters(
  program
    .command('redrive')
    .description('tries again what is parked; exits with 1 when something is parked again')
    .argument('[id]', 'one of them; or a filter, or --all'),
)
  .option('--all', 'whatever is parked', false)
  .action((id: string | undefined, { all, ...filter }: RedriveFlags, command: Command) => {
    const isFiltered = Object.keys(filter).length > 0;
    if ([id !== undefined, isFiltered, all].filter(Boolean).length !== 1) {
      command.error('error: say which: an id, or filters, or --all');
    }
    const redriving = id === undefined ? redriveMatching(flags(), filter) : redriveOne(flags(), id);
    return conclude(flags(), redriving);
  });

program
  .command('discard')
  .description('leaves an event out, for a reason that is recorded; its stream goes on behind it')
  .argument('<id>')
  .requiredOption('--reason <text>', 'why')
  .action((id: string, { reason }: { readonly reason: string }) =>
    conclude(flags(), discard(flags(), id, reason)),
  );

await runProgram(program);

function withFilters(command: Command): Command {
  return command
    .option('--projection <name>', 'of this projection')
    .option('--aggregate <name>', 'of these streams')
    .option('--stream <name>', 'of this stream, like order/o-1')
    .option('--type <type>', 'of this type of event');
}

function flags(): Flags {
  return program.opts<Flags>();
}
