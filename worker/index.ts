/** The Worker of the reference app. Another app's Worker differs in the app and its access rules alone. */

import { ledge } from 'ledge/worker';
import { access } from '../domain/access.ts';
import { app } from '../domain/app.ts';

const { AggregateObject, HealthObject, LiveObject, RebuildObject, ...worker } = ledge(app, {
  access,
});

export { AggregateObject, HealthObject, LiveObject, RebuildObject };
export default worker;
