/** `ledge schedules`: what the app does at times of the day, and what an operator does with it. */
import { type CommandPart, operatorCommand, utcTime } from './operations/command-line.ts';
import * as handle from './operations/handle-schedules.ts';

const list: CommandPart = (program, conclude) => {
  program
    .command('list', { isDefault: true })
    .description('with their last and next ticks; exits with 1 when a tick is not done')
    .action(() => conclude((flags) => handle.list(flags)));
};

const run: CommandPart = (program, conclude) => {
  onSchedule(program, 'run', 'does the tick of a minute now, once, also while it is paused')
    .option('--at <time>', 'the tick, like 2027-03-28T01:00:00Z; left out: this minute', utcTime)
    .action((name: string, { reason, at }: { readonly reason: string; readonly at?: string }) =>
      conclude((flags) => handle.run(flags, name, { reason, ...(at !== undefined && { at }) })),
    );
};

function change(operation: handle.ScheduleChange, description: string): CommandPart {
  return (program, conclude) => {
    onSchedule(program, operation, description).action(
      (name: string, { reason }: { readonly reason: string }) =>
        conclude((flags) => handle.change(flags, name, operation, reason)),
    );
  };
}

function onSchedule(program: Parameters<CommandPart>[0], name: string, description: string) {
  return program
    .command(name)
    .description(description)
    .argument('<schedule>', 'its name, as list prints it')
    .requiredOption('--reason <text>', 'why; it is recorded');
}

export const schedules = operatorCommand(
  'schedules',
  'What the app does at times of the day, for one tenant.',
  list,
  run,
  change('pause', 'leaves out its ticks until it is resumed'),
  change('resume', 'goes on from now'),
  change('skip', 'leaves out the tick that is not done'),
);
