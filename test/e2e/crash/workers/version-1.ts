/** A deployment. */
import { defineApp } from '../../../../core/app.ts';
import { ledge } from '../../../../worker/ledge.ts';
import { counter, counts } from '../counts.ts';

const app = defineApp({ aggregates: [counter], projections: [counts(1)] });
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
