/** The Worker of the reference app. Another app's Worker differs in the app alone. */

import { ledge } from 'ledge/worker';
import { app } from '../domain/app.ts';

const { AggregateObject, HealthObject, LiveObject, RebuildObject, ...worker } = ledge(app);

export { AggregateObject, HealthObject, LiveObject, RebuildObject };
export default worker;
