/** The key of a subject is neither read nor known to be forgotten: what needs it is done later. */
import { KnownFault } from './known-fault.ts';

export class UnreadSubjectKey extends KnownFault {
  override readonly name = 'UnreadSubjectKey';

  constructor() {
    super(
      'The key of a subject cannot be read at this moment: its object does not answer, was restored, or has events that the journal lacks. Rows with open columns of the subject wait for it.',
    );
  }
}
