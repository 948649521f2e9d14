/** The test kit of inbounds: a message of another system, and the commands that follow from it. */

import { type Inbound, ignore } from '../inbound/inbound.ts';
import type { Reaction } from '../process/reactor.ts';
import { deepFrozen } from '../values/frozen.ts';
import { expectSame } from './expect-same.ts';

/** The result of an inbound for a message. */
export interface InboundStory {
  /** Exactly these commands, in this order. */
  thenSends(...commands: readonly Reaction[]): void;
  thenIgnores(reason: string): void;
}

/**
 * Begins a test of an inbound. The message is read by its schema and frozen; a CloudEvent is given in its JSON form.
 *
 * @throws z.ZodError for a message that the schema refuses
 * @example givenInbound(carrier)
 *   .whenReceived({ id: 'm-1', parcel: 'p-1', status: 'delivered' })
 *   .thenSends(command(shipment, 'p-1', 'ConfirmDelivery', {}));
 */
export function givenInbound(inbound: Inbound): { whenReceived(message: unknown): InboundStory } {
  return {
    whenReceived: (message) => {
      const read = deepFrozen(inbound.input.parse(message));
      // A message without a key is a dead letter, whatever it is mapped to.
      inbound.key(read);
      const mapped = inbound.map(read);
      const what = `Commands of ${inbound.name}`;
      return {
        thenSends: (...commands) => expectSame(what, commands, mapped),
        thenIgnores: (reason) => expectSame(what, ignore(reason), mapped),
      };
    },
  };
}
