/** The reference app's Worker. Yours looks the same with your own app. */

import { ledge } from 'ledge/worker';
import { app } from '../domain/app.ts';

const { AggregateObject, HealthObject, LiveObject, RebuildObject, ...worker } = ledge(app);

export { AggregateObject, HealthObject, LiveObject, RebuildObject };
export default worker;
