/** Describes `/v1/timers…`. */

import type { timerOperations } from '../../../core/aggregate/timer-operations.ts';
import type { App } from '../../../core/app.ts';
import { timerPage, timerStatus } from '../../../core/operator-shapes/timer.ts';
import { timerOperationInput, timersInput } from '../inputs/timers.ts';
import type { Part } from './operation.ts';
import { streamPart } from './stream-part.ts';

const operations = {
  retry: {
    summary: 'Retry a timer',
    description: `A timer that is parked or cancelled is scheduled again for its time; a time that has passed means at
once. A timer whose command has thrown is retried at once.`,
  },
  cancel: {
    summary: 'Cancel a timer',
    description: `It does not fire any more. It is kept with the reason until it is retried, or until the aggregate sets
or cancels it.`,
  },
} as const satisfies Record<(typeof timerOperations)[number], object>;

export function timersPart(app: App): Part {
  return streamPart(app, {
    name: 'timers',
    tag: { name: 'Timers', description: 'Commands that a stream sends itself later.' },
    list: {
      summary: 'Timers of a stream',
      description:
        'By their ids, read from the aggregate itself. A stream that does not exist has none.',
      ...{ input: timersInput, page: timerPage },
    },
    operations,
    operation: {
      ...{ input: timerOperationInput, answer: timerStatus },
      description: 'The timer now.',
    },
  });
}
