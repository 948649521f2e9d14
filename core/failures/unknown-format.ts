/**
 * The failure of code that meets stored data of a storage format that it does not know, which is after a rollback. Such
 * data is neither read nor written.
 */

/** Thrown by an object, and by SQL in the same words: core/platform-error reads them. */
export class UnknownFormat extends Error {
  override readonly name = 'UnknownFormat';

  /** @example new UnknownFormat('the object', 2, 1) */
  constructor(place: string, format: number, newest: number) {
    super(unknownFormatText(place, String(format), newest));
  }
}

/** `newest` is the newest format that the running code knows. */
export function unknownFormatText(place: string, format: string, newest: number): string {
  return `Storage format ${format} of ${place} is unknown to this code, which knows formats up to ${newest}.`;
}
