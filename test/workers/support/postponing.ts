/** A saga whose first timeout restarts its second one. */
import { fail, proceed, startTimeout } from '../../../core/process/effect.ts';
import { defineSaga } from '../../../core/process/saga.ts';
import { scheduling } from './scheduling.ts';

const HOUR_MS = 3_600_000;

const both = [startTimeout('first', 60_000), startTimeout('second', 120_000)];

export const postponing = defineSaga({
  name: 'postponing',
  version: 1,
  from: [scheduling],
  initialState: () => ({}),
  correlate: {
    scheduling: {
      Ran: ({ aggregateId, data }) => (data.note === 'wait' ? aggregateId : undefined),
    },
  },
  startedBy: {
    scheduling: {
      Ran: (_event, state) => proceed(state, ...both),
    },
  },
  timeouts: {
    first: (state) => proceed(state, startTimeout('second', HOUR_MS)),
    second: (state) => proceed(state, fail('the second has passed')),
  },
});
