/**
 * Bounds what the results of one Live object take together: all of them are in one isolate's memory, which has 128 MB.
 */

/**
 * Ours. Rows count as JSON and texts by their characters; as JavaScript values rows take a little more, and the results
 * that are being read are beside them.
 */
const RESULTS_BYTES_MAX = 24_000_000;

export interface Occupant {
  readonly bytes: number;
  /** Of those, what its followers cannot do without. */
  readonly neededBytes: number;
  /** Reduces the bytes to what is needed. */
  economize(): void;
}

/** Whether the occupants may grow by so many bytes. No occupant loses anything for growth that has no room even then. */
export function makeRoom(occupants: readonly Occupant[], bytes: number): boolean {
  if (sum(occupants, (one) => one.bytes) + bytes <= RESULTS_BYTES_MAX) return true;
  if (sum(occupants, (one) => one.neededBytes) + bytes > RESULTS_BYTES_MAX) return false;
  for (const occupant of occupants) occupant.economize();
  return true;
}

function sum(occupants: readonly Occupant[], bytesOf: (occupant: Occupant) => number): number {
  return occupants.reduce((bytes, occupant) => bytes + bytesOf(occupant), 0);
}
