/** The commands that subscriptions and consumer groups have alike: what waits for an operator, and the end. */
import type { Command } from 'commander';
import { type CommandPart, type Conclusion, wholeNumber } from './command-line.ts';
import type { Server } from './server.ts';

/** What is done with one, by its name. */
interface HeldHandlers {
  held(server: Server, name: string, limit: number): Promise<Conclusion>;
  redrive(server: Server, name: string, stream: string | undefined): Promise<Conclusion>;
  skip(server: Server, name: string, input: SkippedEvent): Promise<Conclusion>;
  remove(server: Server, name: string): Promise<Conclusion>;
}

interface SkippedEvent {
  readonly stream: string;
  readonly event: string;
  readonly reason: string;
}

interface HeldWords {
  /** What identifies one: `id` or `name`. */
  readonly by: string;
  /** Reads the name of a stream. */
  readonly stream: (text: string) => string;
  /** What a stream has: `event` or `message`. */
  readonly of: string;
  readonly held: string;
  readonly redrive: string;
  readonly remove: string;
}

export function heldCommands(words: HeldWords, handle: HeldHandlers): readonly CommandPart[] {
  return [
    (program, conclude) => {
      named(program, 'held', words.held, words)
        .option('--limit <n>', 'how many at most', wholeNumber, 100)
        .action((name: string, { limit }: { readonly limit: number }) =>
          conclude((flags) => handle.held(flags, name, limit)),
        );
    },
    (program, conclude) => {
      named(program, 'redrive', words.redrive, words)
        .option('--stream <name>', 'of this stream, like order/o-1; left out: all', words.stream)
        .action((name: string, flagsOf: { readonly stream?: string }) =>
          conclude((flags) => handle.redrive(flags, name, flagsOf.stream)),
        );
    },
    (program, conclude) => {
      named(program, 'skip', `leaves the next ${words.of} of a held stream out`, words)
        .requiredOption('--stream <name>', 'the stream, like order/o-1', words.stream)
        .requiredOption('--event <id>', `its next ${words.of}, as held prints it`)
        .requiredOption('--reason <text>', 'why; it is recorded')
        .action((name: string, input: SkippedEvent) =>
          conclude((flags) => handle.skip(flags, name, input)),
        );
    },
    (program, conclude) => {
      named(program, 'delete', words.remove, words).action((name: string) =>
        conclude((flags) => handle.remove(flags, name)),
      );
    },
  ];
}

function named(program: Command, name: string, description: string, { by }: HeldWords): Command {
  return program.command(name).description(description).argument(`<${by}>`, 'as list prints it');
}
