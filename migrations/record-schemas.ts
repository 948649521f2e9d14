/**
 * Records every released shape of every event, and fails when stored events would become unreadable, or consumers of public events would break.
 *
 *   ledge schemas [--check | --rebase] [--app src/app.ts] [--lock src/events.lock.json]
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { compareLocks, lockText, rebased, recordedLock } from '../core/schema-lock.ts';
import {
  type EventsLock,
  isSameZod,
  lockFaults,
  otherZod,
  readEventsLock,
  today,
} from './events-lock.ts';
import { loadApp } from './load-app.ts';
import { printFaults } from './print-faults.ts';
import { readProject } from './project.ts';

/** @returns the exit code */
export function schemas(argv: readonly string[]): Promise<number> {
  return printFaults(() => recordSchemas(argv));
}

async function recordSchemas(argv: readonly string[]): Promise<readonly string[]> {
  const { values: options } = parseArgs({
    args: [...argv],
    options: {
      check: { type: 'boolean', default: false },
      rebase: { type: 'boolean', default: false },
      app: { type: 'string' },
      lock: { type: 'string' },
      config: { type: 'string' },
      env: { type: 'string' },
    },
  });
  if (options.check && options.rebase) {
    throw new Error('--check writes nothing, and --rebase writes: give one of them.');
  }
  const project = readProject(options);
  const lock = readEventsLock(project.lock, await loadApp(project.app));
  if (options.rebase) return rebase(lock);
  const faults = options.check || lock.broken.length > 0 ? lockFaults(lock) : [];
  if (faults.length === 0) record(lock);
  return faults;
}

function record(lock: EventsLock): void {
  const { file, released, current, unrecorded } = lock;
  const note = otherZod(lock);
  if (unrecorded.length > 0) {
    writeFileSync(file, lockText(recordedLock(released, current)));
    console.log(`${file} records ${unrecorded.join(', ')}.`);
  } else if (note !== undefined) console.log(note);
}

/** What zod writes in another way is accepted; what is gone, or asks for a new stateVersion, is not. */
function rebase(lock: EventsLock): readonly string[] {
  const { file, released, current, broken } = lock;
  if (isSameZod(lock)) {
    return [
      `${file} was recorded with this zod, ${current.zod}: what differs was changed in the code.`,
    ];
  }
  const left = compareLocks(rebased(released, current), current, today());
  if (left.broken.length > 0) return left.broken;
  writeFileSync(file, lockText(recordedLock(released, current)));
  console.log(`${file} is recorded with zod ${current.zod}.`);
  for (const line of broken) console.log(`Accepted: ${line.split('. ', 1)[0]}.`);
  return [];
}
