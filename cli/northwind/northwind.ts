/**
 * `npm run northwind -- DIR --out book.ndjson`: the command line around northwind-to-commands. Writes nothing
 * unless the whole book is sound.
 */
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { commandText } from '../../core/package-name.ts';
import { cliCommand } from '../cli-command.ts';
import { northwindToCommands } from './northwind-to-commands.ts';
import { readTables } from './read-tables.ts';

export const northwind = cliCommand(
  'npm run northwind --',
  'Turns the Northwind tables into commands, one JSON object a line.',
  (program, exit) =>
    program
      .argument('<dir>', 'holds customers.csv, products.csv, orders.csv and order-details.csv')
      .option('--out <file>', 'where the commands go; standard output unless given')
      .action((directory: string, { out }: { readonly out?: string }) =>
        exit(convert(directory, out).then(() => 0, fail)),
      ),
);

async function convert(directory: string, out: string | undefined): Promise<void> {
  const commands = northwindToCommands(await readTables(directory));
  const target = out === undefined ? process.stdout : createWriteStream(out);
  let written = 0;
  function* lines() {
    for (const command of commands) {
      written += 1;
      yield `${JSON.stringify(command)}\n`;
    }
  }
  await pipeline(Readable.from(lines()), target);
  if (out === undefined) return;
  const count = new Intl.NumberFormat('en-US').format(written);
  console.log(`${out} has ${count} commands. Next: ${commandText(`import ${out}`)}`);
}

function fail(error: unknown): number {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  return 1;
}
