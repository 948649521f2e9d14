/** The reference app's Worker. Yours looks the same with your own app. */
import { app } from '../domain/app.ts';
import { ledge } from './ledge.ts';

const { AggregateObject, LiveObject, RebuildObject, ...worker } = ledge(app);

export { AggregateObject, LiveObject, RebuildObject };
export default worker;
