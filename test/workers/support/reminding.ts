/** A saga that only waits for a time; one event starts as many of them as its note says. */
import { fail, proceed, startTimeout } from '../../../core/process/effect.ts';
import { defineSaga } from '../../../core/process/saga.ts';
import { troublesome } from './troublesome.ts';

const NOTE = /^remind (?<count>\d+) at (?<at>.+)$/;

export function remindNote(count: number, atMs: number): string {
  return `remind ${count} at ${new Date(atMs).toISOString()}`;
}

export const reminding = defineSaga({
  name: 'reminding',
  version: 1,
  from: [troublesome],
  initialState: () => ({}),
  correlate: {
    troublesome: {
      Worked: ({ aggregateId, data: { note } }) => {
        const count = Number(NOTE.exec(note)?.groups?.count ?? 0);
        return Array.from({ length: count }, (_, index) => `${aggregateId}-${index}`);
      },
    },
  },
  startedBy: {
    troublesome: {
      Worked: ({ recordedAt, data: { note } }, state) => {
        const atMs = Date.parse(NOTE.exec(note)?.groups?.at ?? recordedAt);
        return proceed(state, startTimeout('due', Math.max(atMs - Date.parse(recordedAt), 0)));
      },
    },
  },
  timeouts: { due: (state) => proceed(state, fail('time is over')) },
});
