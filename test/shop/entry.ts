/** The Worker of the tests' shop. */
import { ledge } from 'ledge/worker';
import { app } from './app.ts';

const { AggregateObject, HealthObject, LiveObject, RebuildObject, SubscriptionObject, ...worker } =
  ledge(app);

export { AggregateObject, HealthObject, LiveObject, RebuildObject, SubscriptionObject };
export default worker;
