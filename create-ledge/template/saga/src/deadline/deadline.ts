/** A process: a jar has thirty days to be filled, and is closed afterwards. */
import { command, complete, defineSaga, proceed, send, startTimeout } from 'ledge';
import { jar } from '../jar/jar.ts';

const THIRTY_DAYS_MS = 30 * 86_400_000;

export const deadline = defineSaga({
  name: 'deadline',
  version: 1,
  from: [jar],
  initialState: () => ({ jar: '' }),
  correlate: {
    jar: {
      JarOpened: ({ aggregateId }) => aggregateId,
      JarFilled: ({ aggregateId }) => aggregateId,
      JarClosed: ({ aggregateId }) => aggregateId,
    },
  },
  startedBy: {
    jar: {
      JarOpened: ({ aggregateId }) =>
        proceed({ jar: aggregateId }, startTimeout('late', THIRTY_DAYS_MS)),
    },
  },
  on: {
    jar: {
      JarFilled: (_event, state) => proceed(state, complete()),
      JarClosed: (_event, state) => proceed(state, complete()),
    },
  },
  timeouts: {
    late: (state) => proceed(state, send('close', command(jar, state.jar, 'CloseJar', {}))),
  },
  // The jar was filled while the command was on its way.
  settled: ({ outcome }, state) =>
    outcome === 'rejected' ? proceed(state, complete()) : undefined,
});
