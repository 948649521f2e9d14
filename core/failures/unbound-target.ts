/** The Worker does not have the binding that a subscription sends to, or does not allow it. */
import { KnownFault } from './known-fault.ts';

export class UnboundTarget extends KnownFault {
  override readonly name = 'UnboundTarget';

  constructor() {
    super('The Worker does not have the binding of a target, or LEDGE_TARGETS does not name it.');
  }
}
