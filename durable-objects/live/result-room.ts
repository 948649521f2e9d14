/** Limits the results of one Live object together: all of them are in the memory of one isolate, which has 128 MB. */

/**
 * Our limit. Rows count as JSON, texts by characters; as JavaScript values rows take a little more, and results that
 * are being read add to them.
 */
const RESULTS_BYTES_MAX = 24_000_000;

export interface Occupant {
  readonly bytes: number;
  /** The part that its subscriptions need. */
  readonly neededBytes: number;
  /** Reduces the bytes to what is needed. */
  economize(): void;
}

/** Whether the occupants may grow by so many bytes. Nothing is dropped for growth that would not fit even then. */
export function makeRoom(occupants: readonly Occupant[], bytes: number): boolean {
  if (sum(occupants, (one) => one.bytes) + bytes <= RESULTS_BYTES_MAX) return true;
  if (sum(occupants, (one) => one.neededBytes) + bytes > RESULTS_BYTES_MAX) return false;
  for (const occupant of occupants) occupant.economize();
  return true;
}

function sum(occupants: readonly Occupant[], bytesOf: (occupant: Occupant) => number): number {
  return occupants.reduce((bytes, occupant) => bytes + bytesOf(occupant), 0);
}
