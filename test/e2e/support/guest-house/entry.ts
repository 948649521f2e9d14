/** A Worker whose commands and events have personal data. */
import { ledge } from 'ledge/worker';
import { defineApp } from '../../../../core/app.ts';
import { guest } from '../../../workers/support/guests.ts';

const app = defineApp({ aggregates: [guest] });

const { AggregateObject, HealthObject, LiveObject, RebuildObject, ...worker } = ledge(app);

export { AggregateObject, HealthObject, LiveObject, RebuildObject };
export default worker;
