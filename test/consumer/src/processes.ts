/** One process of each kind, exported: their types have to be nameable like those of aggregates and projections. */
import {
  action,
  command,
  complete,
  defineReactor,
  defineSaga,
  defineSteps,
  fail,
  proceed,
  startTimeout,
} from 'ledge';
import { file } from './file.ts';

const DAY_MS = 86_400_000;

/** A file that the bot deletes is back at once. */
export const restores = defineReactor({
  name: 'restores',
  from: [file],
  on: {
    file: {
      FileDeleted: ({ aggregateId, data: { commit, author } }) =>
        author === 'bot'
          ? command(file, aggregateId, 'WriteFile', {
              commit,
              author: 'ledge',
              blob: '0'.repeat(40),
            })
          : [],
    },
  },
});

/** A file that is added has a day to be changed once more. */
export const review = defineSaga({
  name: 'review',
  version: 1,
  from: [file],
  initialState: () => ({ changed: false }),
  correlate: {
    file: {
      FileAdded: ({ aggregateId }) => aggregateId,
      FileModified: ({ aggregateId }) => aggregateId,
    },
  },
  startedBy: {
    file: { FileAdded: (_event, state) => proceed(state, startTimeout('late', DAY_MS)) },
  },
  on: { file: { FileModified: () => proceed({ changed: true }, complete()) } },
  timeouts: { late: (state) => proceed(state, fail('not reviewed in time')) },
});

/** What the bot adds is deleted again. */
export const cleanUp = defineSteps({
  name: 'clean-up',
  version: 1,
  from: [file],
  correlate: { file: { FileAdded: ({ aggregateId }) => aggregateId } },
  startedBy: {
    file: {
      FileAdded: ({ aggregateId, data }) =>
        data.author === 'bot' ? { id: aggregateId, commit: data.commit } : undefined,
    },
  },
  steps: [
    {
      name: 'delete',
      commands: ({ id, commit }) => [
        action(command(file, id, 'DeleteFile', { commit, author: 'ledge' })),
      ],
    },
  ],
});
