/** The failure of a read of an object that has not the event that the journal has: it was restored to an earlier time. */
import { KnownFault } from './known-fault.ts';

export class RestoredObject extends KnownFault {
  override readonly name = 'RestoredObject';

  constructor(version: number) {
    super(
      `The object was restored to an earlier time: under version ${version} it has not the event of the journal.`,
    );
  }
}
