import type { StoredEvent } from './event.ts';

/**
 * - `parked`: holds its generation back on its stream.
 * - `redriving`: let go, and not yet past.
 * - `redriven`: the event was taken after all.
 * - `discarded`: the event was left out, for a recorded reason.
 */
export const deadLetterStatuses = ['parked', 'redriving', 'redriven', 'discarded'] as const;

export type DeadLetterStatus = (typeof deadLetterStatuses)[number];

/**
 * An event that a generation cannot take. Says by itself what it is about, so that the same failure is the same dead
 * letter. For a stream's own delivery that failed, `generation` is empty.
 */
export function deadLetterId(
  generation: string,
  { stream, version }: Pick<StoredEvent, 'stream' | 'version'>,
): string {
  return `${generation}/${stream}@${version}`;
}
