/**
 * The failure of code that reads stored data in an unknown storage format, as after a rollback. Such data is neither
 * read nor written.
 */
import { KnownFault } from './known-fault.ts';

/** Thrown by an object, and by SQL with the same text, which core/failures/platform-error recognizes. */
export class UnknownFormat extends KnownFault {
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
