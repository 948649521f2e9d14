/** The secret of a subscription was sealed with a secret that the deployment has no more. */
import { KnownFault } from './known-fault.ts';

export class UnreadableSecret extends KnownFault {
  override readonly name = 'UnreadableSecret';

  constructor() {
    super('No secret of the Worker opens the secret of a subscription.');
  }
}
