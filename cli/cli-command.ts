/**
 * A command of the command line is a function of its arguments, to the exit code of the process. Whatever ends a
 * command early, a usage error or `--help`, is an exit code too.
 */
import { Command, CommanderError } from 'commander';
import { didYouMean } from './did-you-mean.ts';

export type CliCommand = (argv: readonly string[]) => Promise<number>;

/** Every action of a program ends with `exit`, which takes its exit code. */
export type Exit = (code: Promise<number>) => Promise<void>;

/**
 * Each run parses with a program of its own. `define` adds its arguments, options, actions and subcommands.
 *
 * @example export const deploy = cliCommand('ledge deploy', 'Deploys.', (program, exit) => …);
 */
export function cliCommand(
  usage: string,
  description: string,
  define: (program: Command, exit: Exit) => void,
): CliCommand {
  return async (argv) => {
    const program = new Command(usage).description(description).exitOverride();
    let exitCode = 0;
    define(program, async (code) => {
      exitCode = await code;
    });
    try {
      requireSubcommand(program, argv);
      await program.parseAsync(argv, { from: 'user' });
      return exitCode;
    } catch (error) {
      if (error instanceof CommanderError) return error.exitCode;
      throw error;
    }
  };
}

/** A mistyped subcommand would be taken for an argument of the default one. */
function requireSubcommand(program: Command, argv: readonly string[]): void {
  const names = program.commands.map((command) => command.name());
  if (names.length === 0) return;
  const [word, ...more] = program.parseOptions([...argv]).operands;
  if (word === undefined || [...names, 'help'].includes(word) || mayBeName(program, more)) return;
  program.error(`error: there is no command ${word}. ${didYouMean(word, names)}`);
}

/** One word alone may be what the first subcommand, the default one, is asked about. */
function mayBeName({ commands }: Command, more: readonly string[]): boolean {
  return more.length === 0 && (commands[0]?.registeredArguments.length ?? 0) > 0;
}
