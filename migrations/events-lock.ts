/** The events lock of a project beside the events of its code: what is broken, what is not recorded, by which zod. */
import { existsSync, readFileSync } from 'node:fs';
import type { App } from '../core/app.ts';
import { commandText } from '../core/package-name.ts';
import {
  type CurrentLock,
  compareLocks,
  type LockComparison,
  parseLock,
  type SchemaLock,
  schemaLock,
} from '../core/schema-lock.ts';

export interface EventsLock extends LockComparison {
  readonly file: string;
  readonly released: SchemaLock;
  readonly current: CurrentLock;
}

/** @throws Error with a sentence, for a file that is no lock */
export function readEventsLock(file: string, app: App): EventsLock {
  const current = schemaLock(app);
  const released = existsSync(file)
    ? readLock(file)
    : { zod: current.zod, shapes: {}, published: {}, personal: {} };
  return { file, released, current, ...compareLocks(released, current, today()) };
}

/** Until when a deprecated version is promised is a date. */
export function today(): string {
  return new Date().toISOString().slice(0, 10);
}

function readLock(file: string): SchemaLock {
  try {
    return parseLock(readFileSync(file, 'utf8'));
  } catch {
    throw new Error(
      `${file} is no events lock: take it back from version control, then run ${commandText('schemas')}.`,
    );
  }
}

/** Everything that would make stored events unreadable or is not recorded, each with what to do. */
export function lockFaults(lock: EventsLock): string[] {
  const { file, unrecorded, broken } = lock;
  const names = unrecorded.join(', ');
  return [
    ...broken,
    ...(broken.length > 0 && !isSameZod(lock) ? [rebaseHint(lock)] : []),
    ...(names === ''
      ? []
      : [`Not recorded yet: ${names}. Run ${commandText('schemas')} and commit ${file}.`]),
  ];
}

export function isSameZod({ released, current }: EventsLock): boolean {
  return released.zod === current.zod;
}

/** Undefined where this zod recorded the lock. */
export function otherZod(lock: EventsLock): string | undefined {
  if (isSameZod(lock)) return undefined;
  return `${zods(lock)} The shapes are the same: ${commandText('schemas --rebase')} records the new zod.`;
}

function rebaseHint(lock: EventsLock): string {
  return `${zods(lock)} Where no definition was changed, zod writes it in another way: ${commandText('schemas --rebase')} records it.`;
}

function zods({ file, released, current }: EventsLock): string {
  const before = released.zod ? `zod ${released.zod}` : 'an unknown zod';
  return `${file} was recorded with ${before}, this is zod ${current.zod}.`;
}
