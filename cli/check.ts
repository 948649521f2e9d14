/**
 * `ledge check`: whether a project can run and be deployed. Tables, events lock, wrangler configuration and packages are
 * compared with what Ledge needs. Prints every fault, and notes of what is right for a time; the first step of `dev` and
 * `deploy`.
 */
import { parseArgs } from 'node:util';
import { printFaults } from '../migrations/print-faults.ts';
import type { ProjectFlags } from '../migrations/project.ts';
import { findFaults, findNotes } from './check/find-faults.ts';

/** @returns the exit code: 1 with a fault */
export function check(argv: readonly string[]): Promise<number> {
  return printFaults(async () => {
    const flags = flagsOf(argv);
    for (const note of await findNotes(flags)) console.log(note);
    return findFaults(flags);
  });
}

function flagsOf(argv: readonly string[]): ProjectFlags {
  return parseArgs({
    args: [...argv],
    options: {
      config: { type: 'string' },
      env: { type: 'string' },
      app: { type: 'string' },
      lock: { type: 'string' },
    },
  }).values;
}
