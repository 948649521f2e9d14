/** What becomes of an event that a projection or reactor cannot take. */

/**
 * - `parked`: holds its generation back on its stream.
 * - `redriving`: let go, and not yet past.
 * - `redriven`: the event was taken after all.
 * - `discarded`: the event was left out, for a recorded reason.
 */
export const deadLetterStatuses = ['parked', 'redriving', 'redriven', 'discarded'] as const;

export type DeadLetterStatus = (typeof deadLetterStatuses)[number];
