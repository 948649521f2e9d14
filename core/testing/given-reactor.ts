/** The test kit of reactors: an event, and the commands that follow from it. */

import type { Aggregate } from '../aggregate/aggregate.ts';
import type { Reaction, Reactor } from '../process/reactor.ts';
import { expectSame } from './expect-same.ts';
import { TEST_MOMENT } from './past-event.ts';
import { type ReceivedEvent, recordedAs } from './received-event.ts';

/** The result of a reactor for an event. */
export interface ReactorStory {
  /** Exactly these commands, in this order; without any: none. */
  thenSends(...commands: readonly Reaction[]): void;
}

/**
 * Begins a test of a reactor. A reactor has no state, so an event is its only input. The event is frozen.
 *
 * @example givenReactor(returns)
 *   .whenEvent({ aggregate: shipment, id: 'o-1', type: 'ShipmentReturned', data: {} })
 *   .thenSends(command(payment, 'o-1', 'RefundPayment', {}));
 */
export function givenReactor(reactor: Reactor): {
  whenEvent<Source extends Aggregate>(event: ReceivedEvent<Source>): ReactorStory;
} {
  return {
    whenEvent: (event) => ({
      thenSends: (...commands) =>
        expectSame(
          `Commands of ${reactor.name}`,
          commands,
          reactor.react(recordedAs(event, TEST_MOMENT)),
        ),
    }),
  };
}
