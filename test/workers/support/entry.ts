/** The reference app's Worker with a troublesome aggregate beside it and faults around its platform. */
import { defineApp } from '../../../core/app.ts';
import { app } from '../../../domain/app.ts';
import { ledge } from '../../../worker/ledge.ts';
import { faultyPlatform } from './faults.ts';
import { troublesome } from './troublesome.ts';

export const testApp = defineApp({ ...app, aggregates: [...app.aggregates, troublesome] });

const { AggregateObject, ...worker } = ledge(testApp, faultyPlatform);

export { AggregateObject, worker };
export default worker;
