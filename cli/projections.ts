/**
 * `ledge projections [rebuild NAME]`: the status of the projections, and what an operator does with one. An operation
 * that starts a build follows it to its end.
 */
import type { Command } from 'commander';
import { abortOnSignal } from './abort-on-signal.ts';
import {
  type CommandPart,
  type Conclusion,
  type Flags,
  operatorCommand,
  wholeNumber,
} from './operations/command-line.ts';
import type { BuildWatch } from './operations/follow-build.ts';
import * as operate from './operations/operate.ts';
import type { Server } from './operations/server.ts';

/** Chosen by us: a restart takes seconds. */
const OUTAGE_MS_MAX = 30_000;

const inDatabase: CommandPart = (program) => {
  program.option('--database <binding>', 'in this one, like DB_2; left out: in each');
};

const status: CommandPart = (program, conclude) => {
  program
    .command('status', { isDefault: true })
    .description('the status of the projections')
    .argument('[projection]', 'all unless given')
    .action((name?: string) => {
      const operations = program.commands.map((command) => command.name());
      return conclude((flags) => operate.showStatus(flags, name, operations));
    });
};

function building(
  name: string,
  description: string,
  start: (server: Server, projection: string, watch?: BuildWatch) => Promise<Conclusion>,
): CommandPart {
  return (program, conclude) => {
    onProjection(program, name, description)
      .option('--no-wait', 'start it and return')
      .action((projection: string, { wait }: { readonly wait: boolean }) =>
        conclude((flags) => start(flags, projection, wait ? watching(flags) : undefined)),
      );
  };
}

const follow: CommandPart = (program, conclude) => {
  onProjection(program, 'follow', 'follows a build that is under way').action((name: string) =>
    conclude((flags) => operate.follow(flags, name, watching(flags))),
  );
};

const pause: CommandPart = (program, conclude) => {
  onProjection(program, 'pause', 'writes nothing to it any more, builds included')
    .option('--reason <text>', 'kept with it')
    .action((name: string, { reason }: { readonly reason?: string }) =>
      conclude((flags) => operate.pause(flags, name, reason)),
    );
};

const cancel: CommandPart = (program, conclude) => {
  onProjection(program, 'cancel', 'ends the build under way').action((name: string) =>
    conclude((flags) => operate.cancel(flags, name)),
  );
};

function onVersion(
  name: string,
  description: string,
  operation: (server: Server, projection: string, version: number) => Promise<Conclusion>,
): CommandPart {
  return (program, conclude) => {
    onProjection(program, name, description)
      .argument('<version>', 'its number', wholeNumber)
      .action((projection: string, version: number) =>
        conclude((flags) => operation(flags, projection, version)),
      );
  };
}

function onProjection(program: Command, name: string, description: string): Command {
  return program.command(name).description(description).argument('<projection>');
}

function watching({ json }: Flags): BuildWatch {
  const signal = abortOnSignal(new AbortController());
  return { isQuiet: json, signal, outageMsMax: OUTAGE_MS_MAX };
}

export const projections = operatorCommand(
  'projections',
  'The status of the projections, and what to do with them.',
  ...[inDatabase, status],
  building('rebuild', "rebuilds the code's version beside the rows that serve", operate.rebuild),
  building('restart', 'as rebuild; a build under way begins again', operate.restart),
  building('verify', 'recomputes the serving rows; exits with 1 when they differ', operate.verify),
  building('resume', 'continues what is paused or stopped from where it was', operate.resume),
  ...[follow, pause, cancel],
  onVersion('rollback', 'serves another version, one that is live', operate.rollBack),
  onVersion('drop', "empties a version's tables, never those that serve", operate.drop),
);
