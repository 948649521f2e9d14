/** The races of an order of the reference app. */
import { app } from '../../domain/app.ts';
import { fulfilment } from '../../domain/fulfilment/fulfilment.ts';
import { testRaces } from '../node/support/races.ts';

testRaces({ app, fulfilment });
