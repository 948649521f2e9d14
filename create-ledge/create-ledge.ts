/** `create-ledge <folder> [options]` as a function: writes an app and prints what to do with it. Nothing is downloaded. */
import { resolve } from 'node:path';
import type { AppChoice } from './app-choice.ts';
import { oldNodeNote } from './node-note.ts';
import { readChoice, usage } from './read-choice.ts';
import { appFiles } from './template.ts';
import { writeApp } from './write-app.ts';

/** @returns the exit code of the process: 1 when the app was not written */
export function createLedge(argv: readonly string[]): number {
  if (argv.includes('--help') || argv.includes('-h')) {
    console.log(usage);
    return 0;
  }
  try {
    const choice = readChoice(argv);
    writeApp(resolve(choice.folder), appFiles(choice));
    console.log(nextSteps(choice));
    return 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return 1;
  }
}

function nextSteps({ folder, name }: AppChoice): string {
  const isHere = resolve(folder) === process.cwd();
  const commands = [
    ...(isHere ? [] : [`cd ${folder.includes(' ') ? `"${folder}"` : folder}`]),
    'npm install',
    'npm run dev    # http://localhost:8787; README.md has the first command',
    'npm test',
  ];
  const lines = commands.map((command) => `  ${command}`);
  return [`${name} is in ${resolve(folder)}.`, '', ...lines, ...oldNodeNote()].join('\n');
}
