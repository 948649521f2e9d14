/** `ledge streams recover STREAM`: a stream whose object the platform restored takes its events back. */
import { type CommandPart, operatorCommand, stream } from './operations/command-line.ts';
import * as handle from './operations/recover-stream.ts';

const recover: CommandPart = (program, conclude) => {
  program
    .command('recover')
    .description('takes back from the journal what the object of a stream has lost')
    .argument('<stream>', 'like order/o-1', stream)
    .option('--reason <text>', 'why; it is recorded')
    .action((name: string, { reason }: { readonly reason?: string }) =>
      conclude((flags) => handle.recover(flags, name, reason)),
    );
};

export const streams = operatorCommand(
  'streams',
  'Streams whose object the platform has restored to an earlier time.',
  recover,
);
