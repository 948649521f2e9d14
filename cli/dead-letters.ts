/** `ledge dead-letters [show ID]`: events that a projection rejects, and what an operator does with one. */
import { type Command, Option } from 'commander';
import { deadLetterStatuses } from '../core/plan/dead-letter.ts';
import { type CommandPart, operatorCommand, wholeNumber } from './operations/command-line.ts';
import * as handle from './operations/handle-dead-letters.ts';

interface ListFlags extends handle.LetterFilter {
  readonly status: string;
  readonly limit: number;
}

interface RedriveFlags extends handle.LetterFilter {
  readonly all: boolean;
}

const list: CommandPart = (program, conclude) => {
  withFilters(program.command('list', { isDefault: true }).description('those that wait for you'))
    .addOption(
      new Option('--status <status>', 'with this status')
        .choices([...deadLetterStatuses, 'all'])
        .default('parked'),
    )
    .option('--limit <n>', 'how many at most', wholeNumber, 100)
    .action(({ status, limit, ...filter }: ListFlags) =>
      conclude((flags) => handle.list(flags, filter, status, limit)),
    );
};

const show: CommandPart = (program, conclude) => {
  program
    .command('show')
    .description('everything about one, the data of its event included')
    .argument('<id>')
    .action((id: string) => conclude((flags) => handle.show(flags, id)));
};

const redrive: CommandPart = (program, conclude) => {
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
        command.error('error: name an id, or filters, or --all');
      }
      return conclude((flags) =>
        id === undefined ? handle.redriveMatching(flags, filter) : handle.redriveOne(flags, id),
      );
    });
};

const discard: CommandPart = (program, conclude) => {
  program
    .command('discard')
    .description('leaves an event out, for a reason that is recorded; its stream goes on behind it')
    .argument('<id>')
    .requiredOption('--reason <text>', 'why')
    .action((id: string, { reason }: { readonly reason: string }) =>
      conclude((flags) => handle.discard(flags, id, reason)),
    );
};

function withFilters(command: Command): Command {
  return command
    .option('--projection <name>', 'of this projection, or of an inbound: inbound:carrier')
    .option('--aggregate <name>', 'of these streams')
    .option('--stream <name>', 'of this stream, like order/o-1')
    .option('--type <type>', 'of this type of event')
    .option('--error <text>', 'with this error, by its whole text');
}

export const deadLetters = operatorCommand(
  'dead-letters',
  'Events that a projection rejects, messages that an inbound cannot map, and those that the queue gave up on.',
  ...[list, show, redrive, discard],
);
