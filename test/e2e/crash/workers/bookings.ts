/** A deployment among other systems: what comes in by an inbound goes out by a publication. */
import { defineApp } from '../../../../core/app.ts';
import { ledge } from '../../../../worker/ledge.ts';
import { bookings, payments } from '../../../simulator/bookings.ts';
import { charging } from '../../../workers/support/charging.ts';

const app = defineApp({
  aggregates: [charging],
  projections: [],
  inbound: [bookings],
  publications: [payments],
});
const {
  AggregateObject,
  GroupObject,
  HealthObject,
  LiveObject,
  RebuildObject,
  SubscriptionObject,
  ...worker
} = ledge(app);

export {
  AggregateObject,
  GroupObject,
  HealthObject,
  LiveObject,
  RebuildObject,
  SubscriptionObject,
};
export default worker;
