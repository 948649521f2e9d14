/** Describes `/v1/actions…`. */
import type { actionOperations } from '../../../core/action/action-operations.ts';
import type { App } from '../../../core/app.ts';
import { actionPage, actionStatus } from '../../../core/operator-shapes/action.ts';
import { actionOperationInput, actionsInput } from '../inputs/actions.ts';
import type { Part } from './operation.ts';
import { streamPart } from './stream-part.ts';

const operations = {
  retry: {
    summary: 'Retry an action',
    description: `A parked action is attempted from the beginning, with the same idempotency key. Where the other system has
answered already, its commands are sent, and the handler is not called.`,
  },
  skip: {
    summary: 'Skip an action',
    description: `A parked action ends without a further attempt, and the next one of the stream begins. What would have
followed from it does not.`,
  },
} as const satisfies Record<(typeof actionOperations)[number], object>;

export function actionsPart(app: App): Part {
  return streamPart(app, {
    name: 'actions',
    tag: {
      name: 'Actions',
      description: 'What the app does outside of itself when an event is recorded.',
    },
    list: {
      summary: 'Actions of a stream that have not ended',
      description:
        'By action and version, read from the aggregate itself. An event that is not among them needs none, or its action has ended.',
      ...{ input: actionsInput, page: actionPage },
    },
    operations,
    operation: {
      ...{ input: actionOperationInput, answer: actionStatus },
      description: 'The action now.',
    },
  });
}
