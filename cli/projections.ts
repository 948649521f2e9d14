/**
 * `npm run projections [-- rebuild orders]`: how the read models stand, and what an operator does with them. What
 * starts a build watches it to its end.
 */
import type { Command } from 'commander';
import {
  type Conclusion,
  conclude,
  type Flags,
  operatorCommand,
  runProgram,
  wholeNumber,
} from './operations/command-line.ts';
import type { Watch } from './operations/follow-build.ts';
import * as operate from './operations/operate.ts';
import type { Server } from './operations/server.ts';

/** Chosen by us: a restart takes seconds. */
const OUTAGE_MS_MAX = 30_000;

const program = operatorCommand(
  'projections',
  'How the read models stand, and what to do with them.',
);

program
  .command('status', { isDefault: true })
  .description('how they stand')
  .argument('[projection]', 'all unless given')
  .action((name?: string) => conclude(flags(), operate.showStatus(flags(), name, operations())));

building('rebuild', "builds the code's version anew, beside the rows that serve", operate.rebuild);
building('restart', 'as rebuild; a build under way begins again', operate.restart);
building('verify', 'recomputes the serving rows; exits with 1 when they differ', operate.verify);
building('resume', 'lets what is paused or stopped go on from where it was', operate.resume);

onProjection('follow', 'watches what is being built, whoever started it').action((name: string) =>
  conclude(flags(), operate.follow(flags(), name, watching())),
);

onProjection('pause', 'writes nothing to it any more, builds included')
  .option('--reason <text>', 'kept with it')
  .action((name: string, { reason }: { readonly reason?: string }) =>
    conclude(flags(), operate.pause(flags(), name, reason)),
  );

onProjection('cancel', 'ends the build under way').action((name: string) =>
  conclude(flags(), operate.cancel(flags(), name)),
);

onProjection('rollback', 'serves another version, one that is in step')
  .argument('<version>', 'its number', wholeNumber)
  .action((name: string, version: number) =>
    conclude(flags(), operate.rollBack(flags(), name, version)),
  );

onProjection('drop', "empties a version's tables, never those that serve")
  .argument('<version>', 'its number', wholeNumber)
  .action((name: string, version: number) =>
    conclude(flags(), operate.drop(flags(), name, version)),
  );

await runProgram(program);

function onProjection(name: string, description: string): Command {
  return program.command(name).description(description).argument('<projection>');
}

function building(
  name: string,
  description: string,
  start: (server: Server, projection: string, watch?: Watch) => Promise<Conclusion>,
): void {
  onProjection(name, description)
    .option('--no-wait', 'start it and return')
    .action((projection: string, { wait }: { readonly wait: boolean }) =>
      conclude(flags(), start(flags(), projection, wait ? watching() : undefined)),
    );
}

function operations(): string[] {
  return program.commands.map((command) => command.name());
}

function flags(): Flags {
  return program.opts<Flags>();
}

function watching(): Watch {
  const stop = new AbortController();
  // Stays: npm passes the terminal's Ctrl-C on a second time, which must not kill a clean stop.
  process.on('SIGINT', () => stop.abort());
  process.on('SIGTERM', () => stop.abort());
  return { isQuiet: flags().json, signal: stop.signal, outageMsMax: OUTAGE_MS_MAX };
}
