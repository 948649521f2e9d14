/** A deployment whose sagas do nothing but wait: every counted event starts one, which fails when its time is over. */
import { defineApp } from '../../../../core/app.ts';
import { fail, proceed, startTimeout } from '../../../../core/process/effect.ts';
import { defineSaga } from '../../../../core/process/saga.ts';
import { ledge } from '../../../../worker/ledge.ts';
import { counter } from '../counts.ts';

const PATIENCE_MS = 3_000;

const patience = defineSaga({
  name: 'patience',
  version: 1,
  from: [counter],
  initialState: () => ({}),
  correlate: { counter: { Counted: ({ aggregateId, version }) => `${aggregateId}-${version}` } },
  startedBy: {
    counter: { Counted: (_event, state) => proceed(state, startTimeout('over', PATIENCE_MS)) },
  },
  timeouts: { over: (state) => proceed(state, fail('time is over')) },
});

const app = defineApp({ aggregates: [counter], projections: [], sagas: [patience] });
const {
  AggregateObject,
  GroupObject,
  HealthObject,
  LiveObject,
  RebuildObject,
  SubscriptionObject,
  ...worker
} = ledge(app);

export {
  AggregateObject,
  GroupObject,
  HealthObject,
  LiveObject,
  RebuildObject,
  SubscriptionObject,
};
export default worker;
