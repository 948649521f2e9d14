/** The Worker of the reference app. Another app's Worker differs in the app and its access rules. */

import { ledge } from 'ledge/worker';
import { access } from '../domain/access.ts';
import { app } from '../domain/app.ts';

const {
  AggregateObject,
  GroupObject,
  HealthObject,
  LiveObject,
  RebuildObject,
  SubscriptionObject,
  ...worker
} = ledge(app, {
  access,
  publicTenant: 'main',
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
