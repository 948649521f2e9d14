/** The test kit of publications: a private event, and the public events that follow from it. */

import type { Aggregate } from '../aggregate/aggregate.ts';
import type { Publication, PublicEvent } from '../publication/publication.ts';
import { expectSame } from './expect-same.ts';
import { TEST_MOMENT } from './past-event.ts';
import { type ReceivedEvent, recordedAs } from './received-event.ts';

/** The result of a publication for an event. */
export interface PublicationStory {
  /** Exactly these public events, in this order; without any: the event stays private. */
  thenPublishes(...events: readonly PublicEvent[]): void;
}

/**
 * Begins a test of a publication. The event is frozen, and what is published is checked by its schema.
 *
 * @example givenPublication(shop)
 *   .whenEvent({ aggregate: order, id: 'o-1', type: 'OrderShipped', data: {} })
 *   .thenPublishes({ type: 'shop.order.shipped', version: 1, data: { order: 'o-1' } });
 */
export function givenPublication(publication: Publication): {
  whenEvent<Source extends Aggregate>(event: ReceivedEvent<Source>): PublicationStory;
} {
  return {
    whenEvent: (event) => ({
      thenPublishes: (...events) =>
        expectSame(
          `Public events of ${publication.name}`,
          events,
          publication.publish(recordedAs(event, TEST_MOMENT)),
        ),
    }),
  };
}
