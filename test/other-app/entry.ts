/** The other app's Worker: the same few lines as worker/index.ts. */
import { ledge } from 'ledge/worker';
import { app } from './app.ts';

const { AggregateObject, HealthObject, LiveObject, RebuildObject, ...worker } = ledge(app);

export { AggregateObject, HealthObject, LiveObject, RebuildObject };
export default worker;
