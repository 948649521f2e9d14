import { DELAY_RULE, isDelay } from '../values/time.ts';
import type { Reaction } from './reactor.ts';

/** How often a command that its aggregate rejects is sent, and how long to wait before the second time. */
export interface SagaRetryPolicy {
  /** All in all: 1 takes the first no for an answer. */
  readonly attempts: number;
  /** Doubles with every attempt; up to half as much again is added, so that what failed together comes back apart. */
  readonly afterMs: number;
}

/** A command to send; what became of it is told to `settled`. */
export interface Send {
  readonly effect: 'send';
  /** Names it within its saga. */
  readonly id: string;
  readonly reaction: Reaction;
  readonly retry: SagaRetryPolicy;
}

export interface StartTimeout<Name extends string = string> {
  readonly effect: 'start-timeout';
  readonly name: Name;
  readonly afterMs: number;
}

export interface CancelTimeout<Name extends string = string> {
  readonly effect: 'cancel-timeout';
  readonly name: Name;
}

/** A command was rejected for good, and an operator is needed. */
export interface NeedAttention {
  readonly effect: 'attention';
  readonly id: string;
  readonly reason: string;
}

/** How far a saga is: the last three are its ends. */
export const sagaPhases = [
  'waiting',
  'running',
  'compensating',
  'completed',
  'failed',
  'compensated',
] as const;

export type SagaPhase = (typeof sagaPhases)[number];

export interface EnterPhase {
  readonly effect: 'enter';
  readonly phase: Exclude<SagaPhase, 'waiting'>;
  readonly reason: string | null;
}

/** What a saga wants done. Data: the machinery does it. */
export type Effect<TimeoutName extends string = string> =
  | Send
  | StartTimeout<TimeoutName>
  | CancelTimeout<TimeoutName>
  | NeedAttention
  | EnterPhase;

/** What a saga makes of what it heard: its next state, and what is to be done. */
export interface SagaReaction<State, Wanted extends Effect = Effect> {
  readonly state: State;
  readonly effects: readonly Wanted[];
}

/**
 * Goes on in a state, with what is to be done. (Not `then`: a module that exports that cannot be awaited.)
 *
 * @example proceed({ status: 'paying' }, send('pay', command(payment, id, 'RequestPayment', { cents })))
 */
export function proceed<State, Wanted extends Effect = never>(
  state: State,
  ...effects: readonly Wanted[]
): SagaReaction<State, Wanted> {
  return { state, effects };
}

const ONCE: SagaRetryPolicy = { attempts: 1, afterMs: 0 };

/**
 * Sends a command, once, however often it has to be tried; `id` names it in the saga's timeline.
 *
 * @throws RangeError when the policy has no whole number of attempts, or its waits together exceed 100 years
 */
export function send(id: string, reaction: Reaction, retry: SagaRetryPolicy = ONCE): Send {
  checkRetry(id, retry);
  return { effect: 'send', id, reaction, retry };
}

function checkRetry(id: string, { attempts, afterMs }: SagaRetryPolicy): void {
  // Each wait is twice the one before, and spread by half.
  const longestMs = afterMs * 2 ** attempts;
  if (Number.isInteger(attempts) && attempts >= 1 && isDelay(afterMs) && isDelay(longestMs)) return;
  throw new RangeError(
    `${id} cannot be retried ${attempts} times, at first after ${afterMs} ms. ${DELAY_RULE}`,
  );
}

/**
 * Calls the timeout's handler when it is not cancelled by then. The same name again begins again; a timeout that a
 * timeout starts passes at least a second later.
 *
 * @throws RangeError when `afterMs` is no number of milliseconds from 0 to 100 years
 */
export function startTimeout<const Name extends string>(
  name: Name,
  afterMs: number,
): StartTimeout<Name> {
  if (!isDelay(afterMs)) throw new RangeError(`${name} cannot start. ${DELAY_RULE}`);
  return { effect: 'start-timeout', name, afterMs };
}

export function cancelTimeout<const Name extends string>(name: Name): CancelTimeout<Name> {
  return { effect: 'cancel-timeout', name };
}

/** Ends the saga well. Its timeouts are cancelled; commands that are on their way arrive. */
export function complete(): EnterPhase {
  return { effect: 'enter', phase: 'completed', reason: null };
}

/** Ends the saga badly. */
export function fail(reason: string): EnterPhase {
  return { effect: 'enter', phase: 'failed', reason };
}

/** From here on the saga takes back what it did. */
export function compensate(reason: string): EnterPhase {
  return { effect: 'enter', phase: 'compensating', reason };
}

/** From here on the saga goes forward again. */
export function resume(): EnterPhase {
  return { effect: 'enter', phase: 'running', reason: null };
}

/** Ends the saga with everything taken back. */
export function compensated(reason: string): EnterPhase {
  return { effect: 'enter', phase: 'compensated', reason };
}

/** Leaves a rejected command to an operator, who retries it, skips it or says that it is resolved. */
export function needAttention(id: string, reason: string): NeedAttention {
  return { effect: 'attention', id, reason };
}

/** What became of a command in the end: `skipped` and `resolved` are an operator's word. */
export interface EffectOutcome {
  readonly effect: string;
  readonly outcome: 'accepted' | 'rejected' | 'skipped' | 'resolved';
  /** Why it was rejected, or what the operator says. */
  readonly reason: string | null;
}
