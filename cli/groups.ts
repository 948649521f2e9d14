/** `ledge groups [list | show | create …]`: competing consumers of publications. */
import type { Command } from 'commander';
import {
  type CommandPart,
  operatorCommand,
  stream,
  wholeNumber,
} from './operations/command-line.ts';
import * as handle from './operations/handle-groups.ts';
import { heldCommands } from './operations/held-commands.ts';

interface LimitFlags {
  readonly limit: number;
}

interface CreateFlags {
  readonly publication: string;
  readonly type?: readonly string[];
  readonly from: string;
  readonly attempts?: number;
}

const list: CommandPart = (program, conclude) => {
  program
    .command('list', { isDefault: true })
    .description('by publication; exits with 1 when one has parked messages')
    .option('--limit <n>', 'how many at most', wholeNumber, 100)
    .action(({ limit }: LimitFlags) => conclude((flags) => handle.list(flags, limit)));
};

const show: CommandPart = (program, conclude) => {
  onGroup(program, 'show', 'its place, how far it is behind, its leases').action((name: string) =>
    conclude((flags) => handle.show(flags, name)),
  );
};

const create: CommandPart = (program, conclude) => {
  program
    .command('create')
    .argument('<name>', 'lower-case letters, digits and hyphens')
    .description('lets competing consumers share the events of a publication')
    .requiredOption('--publication <name>', 'whose events')
    .option('--type <type...>', 'these types of events; left out: all')
    .option(
      '--from <place>',
      'now, beginning, a time like 2026-11-01T00:00:00Z, or a position of the feed',
      'now',
    )
    .option('--attempts <n>', 'as many failed ones park a message; left out: 10', wholeNumber)
    .action((name: string, { type: types, attempts, ...given }: CreateFlags) =>
      conclude((flags) =>
        handle.create(flags, {
          ...{ name, ...given },
          ...(types && { types }),
          ...(attempts !== undefined && { attempts }),
        }),
      ),
    );
};

function onGroup(program: Command, name: string, description: string): Command {
  return program.command(name).description(description).argument('<name>', 'as list prints it');
}

export const groups = operatorCommand(
  'groups',
  'Consumer groups: competing consumers of the events of publications.',
  ...[list, show, create],
  ...heldCommands(
    {
      stream,
      ...{ by: 'name', of: 'message', held: 'the streams whose next message has failed' },
      redrive: 'gives parked messages to consumers again',
      remove: 'ends it, with its place and what it holds',
    },
    handle,
  ),
);
