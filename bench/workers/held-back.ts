/**
 * The shop with its relay held back: commands commit and answer, and nothing goes to the
 * queue.
 */
import { app } from '../../test/shop/app.ts';
import { ledge } from '../../worker/ledge.ts';

const {
  AggregateObject,
  GroupObject,
  HealthObject,
  LiveObject,
  RebuildObject,
  SubscriptionObject,
  ...worker
} = ledge(app, {
  sendEvents: async () => undefined,
});

export {
  AggregateObject,
  GroupObject,
  HealthObject,
  LiveObject,
  RebuildObject,
  SubscriptionObject,
};
export default worker;
