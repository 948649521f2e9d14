/**
 * The state of one saga, folded from its own stream. Collections that grow with sources or commands are persistent
 * maps.
 */

import type { RecordedEvent } from '../aggregate/event.ts';
import { bytesOf } from '../values/patch-pieces.ts';
import {
  emptyMap,
  getEntry,
  type PersistentMap,
  withEntry,
  withoutEntry,
} from '../values/persistent-map.ts';
import { applyPatch } from '../values/state-patch.ts';
import type { SagaPhase } from './effect.ts';
import type { DecidedEffect, SagaStatus, SagaTransition, SentCommand } from './saga-events.ts';

/** A command that has no definite outcome yet. */
export interface OpenEffect {
  readonly attempt: number;
  readonly left: number;
  readonly retryMs: number;
  readonly command: SentCommand;
  /** `outcome`: it is in flight. `retry`: it was rejected and is sent again. `attention`: an operator decides. */
  readonly awaits: 'outcome' | 'retry' | 'attention';
  /** The target has recorded no outcome under the attempt's key: a retry uses the key again. */
  readonly isUndelivered?: true;
}

export interface SagaInstance {
  readonly status: SagaStatus;
  readonly phase: SagaPhase;
  readonly reason: string | null;
  /** The version of the definition that it uses; 0 before its start. */
  readonly definition: number;
  readonly state: unknown;
  /** The newest version that was received of each source stream. */
  readonly seen: PersistentMap<number>;
  /** The events that arrived before the start, and their bytes. */
  readonly kept: readonly RecordedEvent[];
  readonly keptBytes: number;
  readonly open: PersistentMap<OpenEffect>;
  /** The open commands that need an operator, with the reason. */
  readonly needing: PersistentMap<string>;
  /** The newest attempt of each command. */
  readonly attempts: PersistentMap<number>;
  /** When each timeout is due. */
  readonly timeouts: Readonly<Record<string, string>>;
  /** The number of events that would have started it after its end, up to a maximum. */
  readonly startsAfterEnd: number;
}

export function notStarted(): SagaInstance {
  return {
    status: 'waiting',
    phase: 'waiting',
    reason: null,
    definition: 0,
    state: null,
    seen: emptyMap(),
    kept: [],
    keptBytes: 0,
    open: emptyMap(),
    needing: emptyMap(),
    attempts: emptyMap(),
    timeouts: {},
    startsAfterEnd: 0,
  };
}

export function hasEnded({ phase }: Pick<SagaInstance, 'phase'>): boolean {
  return phase === 'completed' || phase === 'failed' || phase === 'compensated';
}

/** Whether the command still expects an outcome: it is in flight, or needs an operator because it was not delivered. */
export function expectsOutcome({ awaits, isUndelivered }: OpenEffect): boolean {
  return awaits === 'outcome' || isUndelivered === true;
}

interface Source {
  readonly source: string;
  readonly version: number;
}

interface Moved {
  readonly transition: SagaTransition;
}

export const evolveSaga = {
  EventKept: (saga: SagaInstance, { data }: { data: Source & { event: RecordedEvent } }) => ({
    ...knowing(saga, data),
    kept: [...saga.kept, data.event],
    keptBytes: saga.keptBytes + bytesOf(data.event),
  }),
  /** The first one is the start; the command that recorded it has handled the kept events too. */
  EventReceived: (saga: SagaInstance, { data }: { data: Source & Moved }) =>
    moved({ ...knowing(saga, data), kept: [], keptBytes: 0 }, data.transition),
  EffectSettled: (saga: SagaInstance, { data }: { data: { effect: string } & Moved }) =>
    moved(without(saga, data.effect), data.transition),
  EffectRetried: (saga: SagaInstance, { data }: { data: { effect: string } & Moved }) =>
    moved(without(saga, data.effect), data.transition),
  TimeoutPassed: (
    saga: SagaInstance,
    { data: { name, transition } }: { data: { name: string } & Moved },
  ) => moved({ ...saga, timeouts: leftOut(saga.timeouts, name) }, transition),
  Operated: (saga: SagaInstance, { data }: { data: { effect: string | null } & Moved }) =>
    moved(data.effect === null ? saga : without(saga, data.effect), data.transition),
  Continued: (saga: SagaInstance, { data }: { data: Moved }) => moved(saga, data.transition),
  StartIgnored: (saga: SagaInstance, { data }: { data: Source }) => ({
    ...knowing(saga, data),
    startsAfterEnd: saga.startsAfterEnd + 1,
  }),
};

/** The seen version of a stream never decreases. */
function knowing(saga: SagaInstance, { source, version }: Source): SagaInstance {
  const known = getEntry(saga.seen, source) ?? 0;
  return version <= known ? saga : { ...saga, seen: withEntry(saga.seen, source, version) };
}

/** Closes the effect, unless the transition reopens it. Its attempt is remembered. */
function without(
  saga: SagaInstance,
  effect: string,
): SagaInstance & { readonly closed?: OpenEffect } {
  const known = getEntry(saga.open, effect);
  const open = withoutEntry(saga.open, effect);
  const needing = withoutEntry(saga.needing, effect);
  if (!known) return { ...saga, open, needing };
  const { isUndelivered: _settled, ...closed } = known;
  return { ...saga, open, needing, closed };
}

function moved(
  { closed, ...saga }: SagaInstance & { readonly closed?: OpenEffect },
  { effects, state, attention: _attention, ...progress }: SagaTransition,
): SagaInstance {
  const { open, needing, attempts, timeouts } = effects.reduce<Pending>(
    (pending, effect) => afterEffect(pending, effect, closed),
    saga,
  );
  return {
    ...saga,
    ...progress,
    state: applyPatch(saga.state, state),
    open,
    needing,
    attempts,
    timeouts: hasEnded(progress) ? {} : timeouts,
  };
}

type Pending = Pick<SagaInstance, 'open' | 'needing' | 'attempts' | 'timeouts'>;

function afterEffect(
  { open, needing, attempts, timeouts }: Pending,
  effect: DecidedEffect,
  closed: OpenEffect | undefined,
): Pending {
  switch (effect.effect) {
    case 'send': {
      const { effect: _send, id, ...sent } = effect;
      return {
        timeouts,
        needing,
        open: withEntry(open, id, { ...sent, awaits: 'outcome' }),
        attempts: withEntry(attempts, id, sent.attempt),
      };
    }
    case 'retry': {
      const waiting = { ...settledBefore(closed, effect.id), awaits: 'retry' } as const;
      return { timeouts, needing, attempts, open: withEntry(open, effect.id, waiting) };
    }
    case 'attention': {
      const { id, reason, isUndelivered } = effect;
      const own = settledBefore(closed, id);
      const stuck = {
        ...own,
        awaits: 'attention',
        ...(isUndelivered && { isUndelivered }),
      } as const;
      return {
        timeouts,
        attempts,
        open: withEntry(open, id, stuck),
        needing: withEntry(needing, id, reason),
      };
    }
    case 'start-timeout':
      return { open, needing, attempts, timeouts: { ...timeouts, [effect.name]: effect.at } };
    case 'cancel-timeout':
      return { open, needing, attempts, timeouts: leftOut(timeouts, effect.name) };
  }
}

function settledBefore(closed: OpenEffect | undefined, id: string): OpenEffect {
  if (!closed) throw new Error(`${id} is not what was settled.`);
  return closed;
}

function leftOut<Value>(values: Readonly<Record<string, Value>>, name: string) {
  const { [name]: _left, ...others } = values;
  return others;
}
