/** A saga whose command is not idempotent by itself: executed twice, it would show. */
import { complete, proceed, send } from '../../../core/process/effect.ts';
import { command } from '../../../core/process/reactor.ts';
import { defineSaga } from '../../../core/process/saga.ts';
import { troublesome } from './troublesome.ts';

export const copying = defineSaga({
  name: 'copying',
  version: 1,
  from: [troublesome],
  initialState: () => ({}),
  correlate: {
    troublesome: {
      Worked: ({ aggregateId, data }) => (data.note === 'copy me' ? aggregateId : undefined),
    },
  },
  startedBy: {
    troublesome: {
      Worked: ({ aggregateId }, state) =>
        proceed(
          state,
          send('copy', command(troublesome, `copy-of-${aggregateId}`, 'Work', { note: 'copied' })),
        ),
    },
  },
  settled: (_settled, state) => proceed(state, complete()),
});
