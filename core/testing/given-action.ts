/** The test kit of actions: an event, what the handler is called with, and what follows. */
import type { Action, ActionCall } from '../action/action.ts';
import type { Aggregate } from '../aggregate/aggregate.ts';
import type { Reaction } from '../process/reactor.ts';
import { expectSame } from './expect-same.ts';
import { TEST_MOMENT } from './past-event.ts';
import { type ReceivedEvent, recordedAs } from './received-event.ts';

/** The result of one attempt. */
export interface ActionStory {
  /** Exactly these commands, in this order; without any: `done()`. */
  thenSends(...commands: readonly Reaction[]): Promise<void>;
  thenRetries(afterMs?: number): Promise<void>;
  thenFails(reason: string): Promise<void>;
}

/** The commands of a failure. */
export interface ActionFailureStory {
  /** The same; `undefined` where an operator decides. */
  thenSends(...commands: readonly Reaction[]): void;
}

/**
 * Begins a test of an action. What the handler reaches is what `env` has: give it the test's own. The event is frozen.
 *
 * @example await givenAction(charge)
 *   .whenEvent({ aggregate: payment, id: 'p-1', type: 'PaymentRequested', data: { cents: 5 } }, { env: { PAYMENTS: provider } })
 *   .thenSends(command(payment, 'p-1', 'CapturePayment', {}));
 */
export function givenAction(action: Action): {
  whenEvent<Source extends Aggregate>(
    event: ReceivedEvent<Source>,
    call?: Partial<ActionCall<object>>,
  ): ActionStory;
  whenFailed<Source extends Aggregate>(
    event: ReceivedEvent<Source>,
    reason: string,
  ): ActionFailureStory;
} {
  const what = `The answer of ${action.name}`;
  return {
    whenEvent: (event, call) => {
      const fixed = { env: {}, idempotencyKey: 'key', attempt: 1, signal: neverAborted() };
      const given = { ...fixed, open: alreadyOpen, ...call };
      // The handler declares what it reads of the environment; the test gives it.
      const acting = action.act(recordedAs(event, TEST_MOMENT), given as ActionCall);
      const expected = async (answer: object) => expectSame(what, answer, await acting);
      return {
        thenSends: (...commands) => expected({ answer: 'commands', commands }),
        thenRetries: (afterMs) =>
          expected({ answer: 'retry', ...(afterMs !== undefined && { afterMs }) }),
        thenFails: (reason) => expected({ answer: 'failed', reason }),
      };
    },
    whenFailed: (event, reason) => ({
      thenSends: (...commands) => {
        const found = action.failed(recordedAs(event, TEST_MOMENT), reason);
        expectSame(`Commands of ${action.name} after a failure`, commands, found);
      },
    }),
  };
}

/** Every runtime of tests has one, whatever types the project has. */
/** The kit's events have plain values in personal fields. */
const alreadyOpen: ActionCall['open'] = async (value) => value as never;

function neverAborted(): ActionCall['signal'] {
  const controller: object = Reflect.construct(Reflect.get(globalThis, 'AbortController'), []);
  return Reflect.get(controller, 'signal');
}
