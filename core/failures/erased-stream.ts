/** The failure of a call to the object of a stream that was erased with its tenant. */
import { KnownFault } from './known-fault.ts';

/** Its text is what core/failures/platform-error recognizes: across RPC an error loses its class. */
export class ErasedStream extends KnownFault {
  override readonly name = 'ErasedStream';

  constructor() {
    super('The stream was erased with its tenant.');
  }
}
