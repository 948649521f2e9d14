/** The races of an order of the shop. */
import { app } from '../shop/app.ts';
import { fulfilment } from '../shop/processes.ts';
import { testRaces } from './support/races.ts';

testRaces({ app, fulfilment });
