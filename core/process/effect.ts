/**
 * What a saga's handlers return: the next state with effects as data (commands, timeouts, phases), which the runtime
 * carries out.
 */

import { DELAY_RULE, isDelay } from '../values/time.ts';
import type { Reaction } from './reactor.ts';

/** The retries of a command that its aggregate rejects. */
export interface SagaRetryPolicy {
  /** The total number of attempts; with 1 the first rejection is final. */
  readonly attempts: number;
  /** The delay before the second attempt. Doubles with each attempt, with up to 50 % of jitter. */
  readonly afterMs: number;
}

/** A command to send; its outcome is passed to `settled`. */
export interface Send {
  readonly effect: 'send';
  /** Identifies it within its saga. */
  readonly id: string;
  readonly reaction: Reaction;
  readonly retry: SagaRetryPolicy;
}

/** The effect that `startTimeout` makes. */
export interface StartTimeout<Name extends string = string> {
  readonly effect: 'start-timeout';
  readonly name: Name;
  readonly afterMs: number;
}

/** The effect that `cancelTimeout` makes. */
export interface CancelTimeout<Name extends string = string> {
  readonly effect: 'cancel-timeout';
  readonly name: Name;
}

/** A command was finally rejected, and an operator is needed. */
export interface NeedAttention {
  readonly effect: 'attention';
  readonly id: string;
  readonly reason: string;
}

/** The phases of a saga; the last three are final. */
export const sagaPhases = [
  'waiting',
  'running',
  'compensating',
  'completed',
  'failed',
  'compensated',
] as const;

export type SagaPhase = (typeof sagaPhases)[number];

/** A saga enters another phase: it runs again, compensates, or ends. */
export interface EnterPhase {
  readonly effect: 'enter';
  readonly phase: Exclude<SagaPhase, 'waiting'>;
  readonly reason: string | null;
}

/** The end of a saga, or of an action, that has failed. */
export interface FailedEnd extends EnterPhase {
  readonly phase: 'failed';
  readonly reason: string;
}

/** An effect of a saga, as data that the runtime carries out. */
export type Effect<TimeoutName extends string = string> =
  | Send
  | StartTimeout<TimeoutName>
  | CancelTimeout<TimeoutName>
  | NeedAttention
  | EnterPhase;

/** The result of a saga's handler: its next state and its effects. */
export interface SagaReaction<State, Effects extends Effect = Effect> {
  readonly state: State;
  readonly effects: readonly Effects[];
}

/**
 * Returns the next state and effects from a saga's handler. (Not named `then`: a module that exports `then` cannot be
 * awaited.)
 *
 * @example proceed({ status: 'paying' }, send('pay', command(payment, id, 'RequestPayment', { cents })))
 */
export function proceed<State, Effects extends Effect = never>(
  state: State,
  ...effects: readonly Effects[]
): SagaReaction<State, Effects> {
  return { state, effects };
}

const ONCE: SagaRetryPolicy = { attempts: 1, afterMs: 0 };

/**
 * Sends a command, which is executed once however often it is sent; `id` identifies it in the saga's timeline.
 *
 * @throws RangeError when the policy has no whole number of attempts, or its waits together exceed 100 years
 * @example proceed(state, send('close', command(jar, state.jar, 'CloseJar', {})))
 */
export function send(id: string, reaction: Reaction, retry: SagaRetryPolicy = ONCE): Send {
  checkRetry(id, retry);
  return { effect: 'send', id, reaction, retry };
}

function checkRetry(id: string, { attempts, afterMs }: SagaRetryPolicy): void {
  // Each delay is twice the one before, plus up to 50 % of jitter.
  const longestMs = afterMs * 2 ** attempts;
  if (Number.isInteger(attempts) && attempts >= 1 && isDelay(afterMs) && isDelay(longestMs)) return;
  throw new RangeError(
    `${id} cannot be retried ${attempts} times, at first after ${afterMs} ms. ${DELAY_RULE}`,
  );
}

/**
 * Calls the timeout's handler unless the timeout is cancelled before. Starting the same name again restarts it. A
 * timeout that a timeout's handler starts fires at least a second later.
 *
 * @throws RangeError when `afterMs` is no number of milliseconds from 0 to 100 years
 * @example proceed(state, startTimeout('late', 30 * 86_400_000))
 */
export function startTimeout<const Name extends string>(
  name: Name,
  afterMs: number,
): StartTimeout<Name> {
  if (!isDelay(afterMs)) throw new RangeError(`${name} cannot start. ${DELAY_RULE}`);
  return { effect: 'start-timeout', name, afterMs };
}

/**
 * Cancels a timeout that `startTimeout` has started. Does nothing if there is none.
 *
 * @example proceed(state, cancelTimeout('late'))
 */
export function cancelTimeout<const Name extends string>(name: Name): CancelTimeout<Name> {
  return { effect: 'cancel-timeout', name };
}

/**
 * Ends the saga as completed. Its timeouts are cancelled; commands in flight are still delivered.
 *
 * @example proceed(state, complete())
 */
export function complete(): EnterPhase {
  return { effect: 'enter', phase: 'completed', reason: null };
}

/**
 * Ends the saga as failed; or the attempts of an action, whose failure is handled then.
 *
 * @example proceed(state, fail('never used'))
 */
export function fail(reason: string): FailedEnd {
  return { effect: 'enter', phase: 'failed', reason };
}

/**
 * Enters compensation: the saga undoes its commands from here on.
 *
 * @example proceed(state, compensate('declined'), send('refund', command(payment, id, 'RefundPayment', {})))
 */
export function compensate(reason: string): EnterPhase {
  return { effect: 'enter', phase: 'compensating', reason };
}

/**
 * Leaves compensation: the saga runs forward again.
 *
 * @example proceed(state, resume())
 */
export function resume(): EnterPhase {
  return { effect: 'enter', phase: 'running', reason: null };
}

/**
 * Ends the saga as compensated.
 *
 * @example proceed(state, compensated('declined'))
 */
export function compensated(reason: string): EnterPhase {
  return { effect: 'enter', phase: 'compensated', reason };
}

/**
 * Parks a rejected command until an operator retries, skips or resolves it.
 *
 * @example proceed(state, needAttention('pay', 'declined'))
 */
export function needAttention(id: string, reason: string): NeedAttention {
  return { effect: 'attention', id, reason };
}

/** The final outcome of a command; `skipped` and `resolved` come from an operator. */
export interface EffectOutcome {
  readonly effect: string;
  readonly outcome: 'accepted' | 'rejected' | 'skipped' | 'resolved';
  /** The reason of the rejection, or the operator's. */
  readonly reason: string | null;
}
