/**
 * Records every released shape of every event, and fails when stored events would become unreadable.
 *
 *   ledge schemas [--check | --rebase] [--app domain/app.ts] [--lock domain/events.lock.json]
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { commandText } from '../core/package-name.ts';
import { compareLocks, lockText, parseLock, rebased, schemaLock } from '../core/schema-lock.ts';
import { exitCodeOf, fail, loadApp } from './load-app.ts';

type Lock = ReturnType<typeof schemaLock>;

/** The recorded shapes, those of the code, and what becomes of the file. */
interface Recording {
  readonly file: string;
  readonly check: boolean;
  readonly released: ReturnType<typeof parseLock>;
  readonly current: Lock;
}

export function schemas(argv: readonly string[]): Promise<number> {
  return exitCodeOf(compare(argv));
}

async function compare(argv: readonly string[]): Promise<void> {
  const { values: options } = parseArgs({
    args: [...argv],
    options: {
      check: { type: 'boolean', default: false },
      rebase: { type: 'boolean', default: false },
      app: { type: 'string', default: 'domain/app.ts' },
      lock: { type: 'string', default: 'domain/events.lock.json' },
    },
  });
  const { lock: file, check } = options;
  const current = schemaLock(await loadApp(options.app));
  const released = existsSync(file)
    ? parseLock(readFileSync(file, 'utf8'))
    : { ...current, shapes: {} };
  const recording = { file, check, released, current };
  const { broken, unrecorded } = compareLocks(released, current);
  if (options.rebase) rebase(recording, broken);
  else if (broken.length > 0) fail([...broken, ...rebaseHint(recording)].join('\n'));
  else if (unrecorded.length > 0) record(recording, unrecorded.join(', '));
  else if (!isSameZod(recording)) {
    console.log(`${zods(recording)} The shapes are the same: ${REBASE} records the new zod.`);
  }
}

const REBASE = commandText('schemas --rebase');

function isSameZod({ released, current }: Recording): boolean {
  return released.zod === current.zod;
}

function zods({ file, released, current }: Recording): string {
  const before = released.zod ? `zod ${released.zod}` : 'an unknown zod';
  return `${file} was recorded with ${before}, this is zod ${current.zod}.`;
}

function record({ file, check, current }: Recording, names: string): void {
  if (check) fail(`Not recorded yet: ${names}. Run ${commandText('schemas')} and commit ${file}.`);
  writeFileSync(file, lockText(current));
  console.log(`${file} records ${names}.`);
}

/** What zod writes in another way is accepted; what is gone, or asks for a new stateVersion, is not. */
function rebase(recording: Recording, broken: readonly string[]): void {
  const { file, check, released, current } = recording;
  if (isSameZod(recording)) {
    fail(
      `${file} was recorded with this zod, ${current.zod}: what differs was changed in the code.`,
    );
  }
  const left = compareLocks(rebased(released, current), current);
  if (left.broken.length > 0) fail(left.broken.join('\n'));
  if (check) fail('--check writes nothing, and --rebase writes: give one of them.');
  writeFileSync(file, lockText(current));
  console.log(`${file} is recorded with zod ${current.zod}.`);
  for (const line of broken) console.log(`Accepted: ${line.split('. ', 1)[0]}.`);
}

function rebaseHint(recording: Recording): string[] {
  if (isSameZod(recording)) return [];
  return [
    `${zods(recording)} Where no definition was changed, zod writes it in another way: ${REBASE} records it.`,
  ];
}
