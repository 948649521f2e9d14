/** A reactor and sagas that start each other in a circle. Every round is a stream of its own: ping-7, pong-7, ping-8 … */
import { complete, proceed, send } from '../../../core/process/effect.ts';
import { command, defineReactor } from '../../../core/process/reactor.ts';
import { defineSaga } from '../../../core/process/saga.ts';
import { troublesome } from './troublesome.ts';

function workNext(id: string, note: string) {
  const [side, round] = id.split('-');
  const next = side === 'ping' ? `pong-${round}` : `ping-${Number(round) + 1}`;
  return command(troublesome, next, 'Work', { note });
}

export const roundabout = defineReactor({
  name: 'roundabout',
  from: [troublesome],
  on: {
    troublesome: {
      Worked: ({ aggregateId: id, data: { note } }) =>
        note === 'by reactor' ? workNext(id, note) : [],
    },
  },
});

/** Receives events of one side and sends commands to the other. */
function passing<const Name extends string>(name: Name, side: string) {
  return defineSaga({
    name,
    version: 1,
    from: [troublesome],
    initialState: () => ({}),
    correlate: {
      troublesome: {
        Worked: ({ aggregateId: id, data: { note } }) =>
          note === 'by sagas' && id.startsWith(side) ? id : undefined,
      },
    },
    startedBy: {
      troublesome: {
        Worked: ({ aggregateId: id, data: { note } }, state) =>
          proceed(state, send('pass', workNext(id, note))),
      },
    },
    settled: (_settled, state) => proceed(state, complete()),
  });
}

export const pinging = passing('pinging', 'ping');
export const ponging = passing('ponging', 'pong');
