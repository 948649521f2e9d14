/** `ledge actions list STREAM`: what the app does outside of itself and has not ended, and what an operator does with it. */
import {
  type CommandPart,
  operatorCommand,
  stream,
  wholeNumber,
} from './operations/command-line.ts';
import * as handle from './operations/handle-actions.ts';

const list: CommandPart = (program, conclude) => {
  program
    .command('list')
    .description('the actions of a stream that have not ended')
    .argument('<stream>', 'like order/o-1', stream)
    .option('--limit <n>', 'how many at most', wholeNumber, 100)
    .action((name: string, { limit }: { readonly limit: number }) =>
      conclude((flags) => handle.list(flags, name, limit)),
    );
};

function onAction(operation: 'retry' | 'skip', description: string): CommandPart {
  return (program, conclude) => {
    program
      .command(operation)
      .description(description)
      .argument('<stream>', 'like order/o-1', stream)
      .argument('<action>', 'its name, as list prints it')
      .argument('<version>', 'of its event', wholeNumber)
      .requiredOption('--reason <text>', 'why; it is recorded')
      .action(
        (name: string, action: string, version: number, { reason }: { readonly reason: string }) =>
          conclude((flags) => handle.operate(flags, name, operation, { action, version, reason })),
      );
  };
}

export const actions = operatorCommand(
  'actions',
  'Calls to other systems that follow from the events of a stream, until they have ended.',
  list,
  onAction('retry', 'attempts a parked action again, with the same idempotency key'),
  onAction('skip', 'ends a parked action without a further attempt; the next one begins'),
);
