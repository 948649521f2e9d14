/** The states of a dead letter: an event that a projection or reactor cannot handle. */

/**
 * - `parked`: holds its generation back on its stream.
 * - `redriving`: released, and not handled yet.
 * - `redriven`: the event was handled.
 * - `discarded`: the event was skipped, for a recorded reason.
 */
export const deadLetterStatuses = ['parked', 'redriving', 'redriven', 'discarded'] as const;

export type DeadLetterStatus = (typeof deadLetterStatuses)[number];
