/** The reference app's Worker with faults around its platform: what the tests in `test/workers` run against. */
import { app } from '../../../domain/app.ts';
import { ledge } from '../../../worker/ledge.ts';
import { faultyPlatform } from './faults.ts';

const { AggregateObject, ...worker } = ledge(app, faultyPlatform);

export { AggregateObject, worker };
export default worker;
