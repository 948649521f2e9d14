/** The arguments of `create-ledge`: where the app goes, how it is called, and which process it has. */
import { basename, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type AppChoice, type AppProcess, appProcesses } from './app-choice.ts';
import { appNameFault } from './app-name.ts';

export const usage = `Usage: npm create ledge <folder> [-- options]

Writes an app with one aggregate, one projection and their tests into an empty folder.

  --with saga      and a saga: a process that waits, with a timeout
  --with reactor   and a reactor: a command that follows from an event
  --with none      and neither, which is the default
  --name <name>    the name of the app, of its Worker, database and queues; else that of the folder`;

/** @throws Error with a sentence, for arguments that name no app */
export function readChoice(argv: readonly string[]): AppChoice {
  const { values, positionals } = parsed(argv);
  const [folder, ...others] = positionals;
  if (folder === undefined) throw new Error(`A folder is missing.\n\n${usage}`);
  if (others.length > 0) {
    throw new Error(
      `One folder is expected, and there are ${positionals.join(', ')}. Options come after a --: npm create ledge ${folder} -- --with saga`,
    );
  }
  const name = values.name ?? basename(resolve(folder));
  const fault = appNameFault(name);
  if (fault !== undefined) throw new Error(fault);
  return { folder, name, process: processOf(values.with) };
}

/** @throws Error for an option that does not exist, or lacks its value */
function parsed(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: { with: { type: 'string', default: 'none' }, name: { type: 'string' } },
    });
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n\n${usage}`);
  }
}

function processOf(given: string): AppProcess {
  const found = appProcesses.find((one) => one === given);
  if (found) return found;
  throw new Error(`--with takes ${appProcesses.join(', ')}, not ${JSON.stringify(given)}.`);
}
