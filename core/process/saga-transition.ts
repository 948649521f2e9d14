/**
 * From a reaction to the events that record it: with times and retries decided, the state as a difference, split into
 * as many events as needed.
 */

import {
  type AcceptedDecision,
  accept,
  cancel,
  later,
  schedule,
  type Timer,
} from '../aggregate/decision.ts';
import type { EventOf } from '../aggregate/event.ts';
import { runsWithinBytes } from '../values/bytes.ts';
import { bytesOf, piecesOf } from '../values/patch-pieces.ts';
import { entriesOf, getEntry, hasEntry } from '../values/persistent-map.ts';
import { differenceOf, type StatePatch } from '../values/state-patch.ts';
import type { Effect, EnterPhase, SagaReaction, Send } from './effect.ts';
import type { DecidedEffect, SagaTransition, sagaEvents } from './saga-events.ts';
import { evolveSaga, hasEnded, type SagaInstance } from './saga-instance.ts';

/** Our limit: a transition up to this length is one event, which fits into a message of the queue. */
const EVENT_BYTES = 100_000;

export type SagaEvent = EventOf<typeof sagaEvents>;
export type SagaTimer = Timer<'Timeout', { name: string }>;
export type SagaDecision = AcceptedDecision<SagaEvent, SagaTimer>;

/** The events of the whole transition, and the timers that it starts and stops. */
export function step(
  saga: SagaInstance,
  { state, effects }: SagaReaction<unknown>,
  now: string,
  extra: readonly DecidedEffect[],
  toEvent: (transition: SagaTransition) => SagaEvent,
): SagaDecision {
  const decided = [...effects.flatMap((effect) => decidedEffect(saga, effect, now)), ...extra];
  const progress = { definition: saga.definition, ...phaseAfter(saga, effects) };
  const parts = partsOf(differenceOf(saga.state, state), decided);
  const eventsWith = (attention: string | null) =>
    parts.map((part, index) => {
      const status = attention === null ? progress.phase : ('attention' as const);
      const transition = { ...progress, status, attention, ...part };
      return index === 0 ? toEvent(transition) : continued(transition);
    });
  const attempted = eventsWith(null);
  const after = attempted.reduce(evolved, saga);
  const [needed] = entriesOf(after.needing);
  const events = needed ? eventsWith(needed[1]) : attempted;
  return accept(...events).with(...timersBetween(saga, after, decided));
}

/** The saga after one of its events. */
export function evolved(saga: SagaInstance, event: SagaEvent): SagaInstance {
  // Each evolve function is called with the event of its own name.
  const evolve = evolveSaga[event.type] as (saga: SagaInstance, event: SagaEvent) => SagaInstance;
  return evolve(saga, event);
}

type Part = Pick<SagaTransition, 'state' | 'effects'>;

/**
 * The first part has the effects without commands: retries, attention and timeouts. The commands follow in their order,
 * each whole in one event.
 */
function partsOf(patch: StatePatch, effects: readonly DecidedEffect[]): Part[] {
  const own = effects.filter(({ effect }) => effect !== 'send');
  const sends = effects.filter(({ effect }) => effect === 'send');
  const parts: Part[] = piecesOf(patch, EVENT_BYTES).map((state, index) => ({
    state,
    effects: index === 0 ? own : [],
  }));
  for (const run of runsWithinBytes(sends, bytesOf, EVENT_BYTES)) {
    const last = parts.at(-1);
    if (last && bytesOf(last) + bytesOf(run) <= EVENT_BYTES) {
      parts.splice(-1, 1, { ...last, effects: [...last.effects, ...run] });
    } else parts.push({ state: {}, effects: run });
  }
  return parts;
}

function continued(transition: SagaTransition): SagaEvent {
  return { type: 'Continued', data: { transition } };
}

function phaseAfter(saga: SagaInstance, effects: readonly Effect[]) {
  const entered = effects.findLast((effect): effect is EnterPhase => effect.effect === 'enter');
  if (entered && !hasEnded(saga)) return { phase: entered.phase, reason: entered.reason };
  return { phase: saga.phase === 'waiting' ? 'running' : saga.phase, reason: saga.reason } as const;
}

function decidedEffect(saga: SagaInstance, effect: Effect, now: string): DecidedEffect[] {
  switch (effect.effect) {
    case 'send':
      return [decidedSend(saga, effect)];
    case 'start-timeout':
      return [{ effect: effect.effect, name: effect.name, at: later(now, effect.afterMs) }];
    case 'cancel-timeout':
    case 'attention':
      return [effect];
    case 'enter':
      return [];
  }
}

function decidedSend(saga: SagaInstance, { id, reaction, retry }: Send): DecidedEffect {
  if (hasEntry(saga.open, id)) throw new Error(`Effect ${id} is sent again before it is settled.`);
  const { aggregate, id: target, command, data } = reaction;
  return {
    effect: 'send',
    id,
    attempt: (getEntry(saga.attempts, id) ?? 0) + 1,
    left: retry.attempts - 1,
    retryMs: retry.afterMs,
    command: { aggregate, id: target, command, data },
  };
}

export function timerOf(kind: 'retry' | 'timeout', name: string): string {
  return `${kind}/${name}`;
}

/** The timers of a saga that follow from its state: when a rejected command is sent again is not in it, so that is now. */
export function timersOfSaga(
  { timeouts, open }: SagaInstance,
  now: string,
): Timer<'Timeout' | 'Retry', { name: string } | { effect: string; attempt: number }>[] {
  const waiting = Object.entries(timeouts).map(([name, at]) =>
    schedule(timerOf('timeout', name), { at, command: 'Timeout' as const, data: { name } }),
  );
  const retries = Array.from(entriesOf(open)).flatMap(([effect, { awaits, attempt }]) =>
    awaits === 'retry'
      ? [
          schedule(timerOf('retry', effect), {
            at: now,
            command: 'Retry' as const,
            data: { effect, attempt },
          }),
        ]
      : [],
  );
  return [...waiting, ...retries];
}

/** The object's timers mirror the saga's timeouts; the end of a saga cancels those that are left. */
function timersBetween(
  before: SagaInstance,
  after: SagaInstance,
  effects: readonly DecidedEffect[],
): SagaTimer[] {
  const gone = Object.keys(before.timeouts).filter((name) => !Object.hasOwn(after.timeouts, name));
  const started = effects.flatMap((effect) =>
    effect.effect === 'start-timeout' && Object.hasOwn(after.timeouts, effect.name) ? [effect] : [],
  );
  return [
    ...gone.map((name) => cancel(timerOf('timeout', name))),
    ...started.map(({ name, at }) =>
      schedule(timerOf('timeout', name), { at, command: 'Timeout', data: { name } }),
    ),
  ];
}
