/**
 * A saga's own stream as an aggregate: its commands (receive an event, settle an effect, time out, operate) and what
 * each decides.
 */

import * as z from 'zod';
import { defineAggregate, INTERNAL_EVENT_BYTES_MAX } from '../aggregate/aggregate.ts';
import {
  accept,
  cancel,
  later,
  type RejectedDecision,
  reject,
  schedule,
} from '../aggregate/decision.ts';
import type { RecordedEvent } from '../aggregate/event.ts';
import { withStableJitter } from '../values/jitter.ts';
import { bytesOf } from '../values/patch-pieces.ts';
import { getEntry, keysOf } from '../values/persistent-map.ts';
import type { EffectOutcome, SagaReaction } from './effect.ts';
import { type DecidedEffect, sagaEvents } from './saga-events.ts';
import {
  evolveSaga,
  expectsOutcome,
  hasEnded,
  notStarted,
  type OpenEffect,
  type SagaInstance,
} from './saga-instance.ts';
import { evolved, type SagaDecision, step, timerOf, timersOfSaga } from './saga-transition.ts';

/**
 * A definition's handlers without their types. The functions return `undefined` where the definition has no handler.
 */
export interface SagaLogic {
  readonly version: number;
  start(event: RecordedEvent): SagaReaction<unknown> | undefined;
  react(event: RecordedEvent, state: unknown): SagaReaction<unknown> | undefined;
  /** Whether the event can arrive before the one that starts the saga, and has to be kept until then. */
  mayBeEarly(event: RecordedEvent): boolean;
  timeout(name: string, state: unknown): SagaReaction<unknown> | undefined;
  settled(settled: EffectOutcome, state: unknown): SagaReaction<unknown> | undefined;
  cancelled(reason: string, state: unknown): SagaReaction<unknown> | undefined;
}

/**
 * Our limits on events kept before the start, by number and by bytes of JSON: more indicate a start that never comes.
 */
const KEPT_MAX = 1_000;
const KEPT_BYTES_MAX = 2_000_000;

/** Our limit: later starts after the end are no longer recorded. */
const STARTS_AFTER_END_MAX = 100;

/** The maximum number of open commands that a refusal names. */
const NAMED_MAX = 100;

const effectId = z.string().min(1).max(256);
const operated = { reason: z.string().min(1).max(1_000) };
const onEffect = z.strictObject({ effect: effectId, ...operated });

const sagaCommands = {
  Receive: z.strictObject({ event: z.custom<RecordedEvent>() }),
  Settle: z.strictObject({
    effect: effectId,
    attempt: z.int(),
    /** `undelivered`: the target has recorded no outcome, and none is to be expected. */
    outcome: z.enum(['accepted', 'rejected', 'undelivered']),
    reason: z.string().nullable(),
  }),
  /** Returns which of these attempts still expect an outcome, as a rejection, so that nothing is stored. */
  AskOpen: z.strictObject({
    attempts: z.array(z.strictObject({ effect: z.string(), attempt: z.int() })).readonly(),
  }),
  Retry: z.strictObject({ effect: effectId, attempt: z.int() }),
  Timeout: z.strictObject({ name: z.string() }),
  RetryEffect: onEffect,
  SkipEffect: onEffect,
  ResolveEffect: onEffect,
  Cancel: z.strictObject(operated),
};

/** A saga is an aggregate whose commands come from the runtime and from operators alone. */
export function sagaAggregate<const Name extends string>(
  name: Name,
  logics: readonly [newest: SagaLogic, ...previous: SagaLogic[]],
) {
  const [newest] = logics;

  /** A running saga uses the version of the definition that it started with. */
  const logicOf = ({ definition }: SagaInstance): SagaLogic => {
    const logic = logics.find(({ version }) => version === definition);
    if (!logic) throw new Error(`${name} goes by definition ${definition}, which is gone.`);
    return logic;
  };

  return {
    ...defineAggregate({
      name,
      events: sagaEvents,
      commands: sagaCommands,
      initialState: notStarted,
      eventBytesMax: INTERNAL_EVENT_BYTES_MAX,
      evolve: evolveSaga,
      decide: {
        /** A repeat is recognized by the newest seen version of each source stream. */
        Receive: ({ event }, saga, { now }) => {
          if (event.version <= (getEntry(saga.seen, event.stream) ?? 0)) return accept();
          if (hasEnded(saga)) return afterEnd(newest, saga, event);
          if (saga.phase === 'waiting') return beforeStart(newest, saga, event, now);
          const reacted = logicOf(saga).react(event, saga.state);
          return reacted ? received(saga, event, reacted, now) : accept();
        },

        Settle: ({ effect, attempt, outcome, reason }, saga, { now, id }) => {
          const open = getEntry(saga.open, effect);
          if (open?.attempt !== attempt || !expectsOutcome(open)) return accept();
          const settled = (reacted: SagaReaction<unknown>, extra: readonly DecidedEffect[] = []) =>
            step(saga, reacted, now, extra, (transition) => ({
              type: 'EffectSettled',
              data: { effect, attempt, outcome, reason, transition },
            }));
          if (outcome === 'undelivered') {
            if (open.awaits === 'attention') return accept();
            return settled(unchanged(saga), [undelivered(effect, reason)]);
          }
          if (outcome === 'rejected' && open.left > 0) {
            const at = later(now, withStableJitter(open.retryMs, `${id}/${effect}/${attempt}`));
            const again = schedule(timerOf('retry', effect), {
              at,
              command: 'Retry',
              data: { effect, attempt },
            });
            return settled(unchanged(saga), [{ effect: 'retry', id: effect, at }]).with(again);
          }
          return settled(outcomeReaction(logicOf(saga), saga, { effect, outcome, reason }));
        },

        AskOpen: ({ attempts }, saga) => {
          const open = attempts.filter(({ effect, attempt }) => {
            const known = getEntry(saga.open, effect);
            return known?.attempt === attempt && expectsOutcome(known);
          });
          return reject('open', { open });
        },

        Retry: ({ effect, attempt }, saga, { now }) => {
          const open = getEntry(saga.open, effect);
          if (open?.attempt !== attempt || open.awaits !== 'retry') return accept();
          const again = sentAgain(effect, open, open.left - 1);
          return step(saga, unchanged(saga), now, [again], (transition) => ({
            type: 'EffectRetried',
            data: { effect, transition },
          }));
        },

        Timeout: ({ name }, saga, { now }) => {
          if (!Object.hasOwn(saga.timeouts, name)) return accept();
          const reacted = logicOf(saga).timeout(name, saga.state) ?? unchanged(saga);
          return step(saga, reacted, now, [], (transition) => ({
            type: 'TimeoutPassed',
            data: { name, transition },
          }));
        },

        RetryEffect: ({ effect, reason }, saga, { now, actor }) => {
          const open = getEntry(saga.open, effect);
          if (!open) return noSuchEffect(saga);
          if (open.awaits === 'outcome') return reject('on-its-way');
          return step(saga, unchanged(saga), now, [sentAgain(effect, open, 0)], (transition) => ({
            type: 'Operated',
            data: { operation: 'retry', effect, reason, actor, transition },
          })).with(cancel(timerOf('retry', effect)));
        },

        SkipEffect: ({ effect, reason }, saga, { now, actor }) => {
          if (!getEntry(saga.open, effect)) return noSuchEffect(saga);
          return settledBy(saga, { effect, outcome: 'skipped', reason }, actor, now);
        },

        ResolveEffect: ({ effect, reason }, saga, { now, actor }) => {
          if (!getEntry(saga.open, effect)) return noSuchEffect(saga);
          return settledBy(saga, { effect, outcome: 'resolved', reason }, actor, now);
        },

        Cancel: ({ reason }, saga, { now, actor }) => {
          if (saga.phase === 'waiting') return reject('not-started');
          if (hasEnded(saga)) return reject('ended', { phase: saga.phase });
          const reacted = logicOf(saga).cancelled(reason, saga.state);
          if (!reacted) return reject('cannot-be-cancelled');
          return step(saga, reacted, now, [], (transition) => ({
            type: 'Operated',
            data: { operation: 'cancel', effect: null, reason, actor, transition },
          }));
        },
      },
    }),
    timersOf: timersOfSaga,
    isInternal: true as const,
  };

  function settledBy(
    saga: SagaInstance,
    settled: EffectOutcome & { readonly outcome: 'skipped' | 'resolved'; readonly reason: string },
    actor: string,
    now: string,
  ) {
    const { effect, outcome, reason } = settled;
    const operation = outcome === 'skipped' ? ('skip' as const) : ('resolve' as const);
    return step(saga, outcomeReaction(logicOf(saga), saga, settled), now, [], (transition) => ({
      type: 'Operated',
      data: { operation, effect, reason, actor, transition },
    })).with(cancel(timerOf('retry', effect)));
  }
}

function noSuchEffect({ open }: SagaInstance) {
  const names = keysOf(open).slice(0, NAMED_MAX);
  return reject('no-such-effect', { open: names });
}

function undelivered(id: string, reason: string | null): DecidedEffect {
  return { effect: 'attention', id, reason: reason ?? 'undelivered', isUndelivered: true };
}

/**
 * A saga that has ended does not start again. An event that would have started it is recorded, other events are not.
 */
function afterEnd(newest: SagaLogic, saga: SagaInstance, event: RecordedEvent) {
  if (saga.startsAfterEnd === STARTS_AFTER_END_MAX || !newest.start(event)) return accept();
  const { stream: source, version, type } = event;
  return accept({ type: 'StartIgnored', data: { source, version, type } });
}

/** Starts the saga and then handles the kept events, each recorded in its own event; or keeps this event. */
function beforeStart(
  logic: SagaLogic,
  saga: SagaInstance,
  event: RecordedEvent,
  now: string,
): SagaDecision | RejectedDecision<'too-many-early-events'> {
  const start = logic.start(event);
  if (start) {
    const begun = received({ ...saga, definition: logic.version }, event, start, now);
    return afterStart(logic, saga, begun, now);
  }
  if (!logic.mayBeEarly(event)) return accept();
  const bytes = saga.keptBytes + bytesOf(event);
  if (saga.kept.length === KEPT_MAX || (saga.kept.length > 0 && bytes > KEPT_BYTES_MAX)) {
    const limits = { eventsMax: KEPT_MAX, bytesMax: KEPT_BYTES_MAX };
    return reject('too-many-early-events', { events: saga.kept.length, bytes, ...limits });
  }
  const { stream: source, version } = event;
  return accept({ type: 'EventKept', data: { source, version, event } });
}

/** Handles the start and then each kept event, on the state that the one before left. */
function afterStart(
  logic: SagaLogic,
  saga: SagaInstance,
  begun: SagaDecision,
  now: string,
): SagaDecision {
  let current = begun.events.reduce(evolved, saga);
  const events = [...begun.events];
  const timers = [...begun.timers];
  for (const kept of saga.kept) {
    const reacted = hasEnded(current) ? undefined : logic.react(kept, current.state);
    if (!reacted) continue;
    const next = received(current, kept, reacted, now);
    current = next.events.reduce(evolved, current);
    events.push(...next.events);
    timers.push(...next.timers);
  }
  return accept(...events).with(...timers);
}

function received(
  saga: SagaInstance,
  { stream: source, version, type }: RecordedEvent,
  reacted: SagaReaction<unknown>,
  now: string,
) {
  return step(saga, reacted, now, [], (transition) => ({
    type: 'EventReceived',
    data: { source, version, type, transition },
  }));
}

/** The reaction of the definition to a settled command. An unhandled rejection needs an operator's attention. */
function outcomeReaction(
  logic: SagaLogic,
  saga: SagaInstance,
  settled: EffectOutcome,
): SagaReaction<unknown> {
  const reacted = hasEnded(saga) ? undefined : logic.settled(settled, saga.state);
  if (reacted) return reacted;
  const { effect: id, outcome, reason } = settled;
  if (outcome !== 'rejected') return unchanged(saga);
  return { state: saga.state, effects: [{ effect: 'attention', id, reason: reason ?? outcome }] };
}

function unchanged({ state }: SagaInstance): SagaReaction<unknown> {
  return { state, effects: [] };
}

/**
 * After a recorded outcome the next attempt gets a new key; without one it reuses the key, which cannot be executed
 * twice.
 */
function sentAgain(id: string, open: OpenEffect, left: number): DecidedEffect {
  const { attempt, retryMs, command, isUndelivered } = open;
  const again = isUndelivered
    ? { attempt, left: open.left, retryMs }
    : { attempt: attempt + 1, left, retryMs: retryMs * 2 };
  return { effect: 'send', id, ...again, command };
}
