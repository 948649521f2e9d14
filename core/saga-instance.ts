import { z } from 'zod';
import { type SagaPhase, sagaPhases } from './effect.ts';
import { event, type RecordedEvent } from './event.ts';

/** `attention`: a command was rejected for good, and somebody has to say how to go on. */
export const sagaStatuses = [...sagaPhases, 'attention'] as const;

export type SagaStatus = (typeof sagaStatuses)[number];

const sentCommand = z.strictObject({
  aggregate: z.string(),
  id: z.string(),
  command: z.string(),
  data: z.unknown(),
});

/** What a transition wants, with everything decided: no clock and no policy is needed to read it. */
const decidedEffect = z.discriminatedUnion('effect', [
  z.strictObject({
    effect: z.literal('send'),
    id: z.string(),
    attempt: z.int(),
    /** How many attempts there are after this one. */
    left: z.int(),
    retryMs: z.number(),
    command: sentCommand,
  }),
  z.strictObject({ effect: z.literal('retry'), id: z.string(), at: z.string() }),
  z.strictObject({ effect: z.literal('attention'), id: z.string(), reason: z.string() }),
  z.strictObject({ effect: z.literal('start-timeout'), name: z.string(), at: z.string() }),
  z.strictObject({ effect: z.literal('cancel-timeout'), name: z.string() }),
]);

export type DecidedEffect = z.output<typeof decidedEffect>;
export type DecidedSend = Extract<DecidedEffect, { effect: 'send' }>;

/**
 * What a reaction came to. The state is the result itself, never computed again, so that another version of the code
 * cannot change what happened; only its members that changed, so that a large state costs its size once.
 */
const transition = z.strictObject({
  definition: z.int(),
  phase: z.enum(sagaPhases),
  status: z.enum(sagaStatuses),
  reason: z.string().nullable(),
  state: z.union([
    z.strictObject({ whole: z.unknown() }),
    z.strictObject({ changed: z.record(z.string(), z.unknown()) }),
  ]),
  effects: z.array(decidedEffect).readonly(),
});

export type SagaTransition = z.output<typeof transition>;

export const sagaOperations = ['retry', 'skip', 'resolve', 'cancel'] as const;

const source = { source: z.string(), version: z.int() };

export const sagaEvents = {
  /** It came before what starts the saga. */
  EventKept: event(z.strictObject({ ...source, event: z.custom<RecordedEvent>() })),
  EventReceived: event(z.strictObject({ ...source, type: z.string(), transition })),
  EffectSettled: event(
    z.strictObject({
      effect: z.string(),
      attempt: z.int(),
      outcome: z.enum(['accepted', 'rejected']),
      reason: z.string().nullable(),
      transition,
    }),
  ),
  EffectRetried: event(z.strictObject({ effect: z.string(), transition })),
  TimeoutPassed: event(z.strictObject({ name: z.string(), transition })),
  Operated: event(
    z.strictObject({
      operation: z.enum(sagaOperations),
      effect: z.string().nullable(),
      reason: z.string(),
      actor: z.string(),
      transition,
    }),
  ),
};

/** A command that has no definite outcome yet. */
export interface OpenEffect {
  readonly attempt: number;
  readonly left: number;
  readonly retryMs: number;
  readonly command: z.output<typeof sentCommand>;
  /** `outcome`: it is on its way. `retry`: it was rejected and is sent again. `attention`: it was rejected for good. */
  readonly awaits: 'outcome' | 'retry' | 'attention';
}

/** Where one saga stands. */
export interface SagaInstance {
  readonly status: SagaStatus;
  readonly phase: SagaPhase;
  readonly reason: string | null;
  /** The version of the definition that it goes by; 0 before its start. */
  readonly definition: number;
  readonly state: unknown;
  /** The newest event of each source stream that it knows. */
  readonly seen: Readonly<Record<string, number>>;
  readonly kept: readonly RecordedEvent[];
  readonly open: Readonly<Record<string, OpenEffect>>;
  /** How often each command was sent: every attempt has a key of its own. */
  readonly attempts: Readonly<Record<string, number>>;
  /** When each timeout is due. */
  readonly timeouts: Readonly<Record<string, string>>;
}

export function notStarted(): SagaInstance {
  const nothing = { seen: {}, kept: [], open: {}, attempts: {}, timeouts: {} };
  return {
    status: 'waiting',
    phase: 'waiting',
    reason: null,
    definition: 0,
    state: null,
    ...nothing,
  };
}

export function hasEnded({ phase }: Pick<SagaInstance, 'phase'>): boolean {
  return phase === 'completed' || phase === 'failed' || phase === 'compensated';
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
    ...saga,
    seen: { ...saga.seen, [data.source]: data.version },
    kept: [...saga.kept, data.event],
  }),
  EventReceived: (saga: SagaInstance, { data }: { data: Source & Moved }) => {
    const { source, version, transition } = data;
    const seen = { ...saga.seen, [source]: Math.max(version, saga.seen[source] ?? 0) };
    const kept = saga.kept.filter((one) => one.stream !== source || one.version !== version);
    return moved({ ...saga, seen, kept }, transition);
  },
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
};

/** The effect is no longer open, unless the transition says otherwise; it remembers what it was until then. */
function without(
  saga: SagaInstance,
  effect: string,
): SagaInstance & { readonly closed?: OpenEffect } {
  const closed = saga.open[effect];
  return { ...saga, open: leftOut(saga.open, effect), ...(closed && { closed }) };
}

function moved(
  { closed, ...saga }: SagaInstance & { readonly closed?: OpenEffect },
  { effects, state, ...standing }: SagaTransition,
): SagaInstance {
  const { open, attempts, timeouts } = effects.reduce<Pending>(
    (pending, effect) => afterEffect(pending, effect, closed),
    saga,
  );
  const ended = hasEnded(standing) ? {} : timeouts;
  return {
    ...saga,
    ...standing,
    state: 'whole' in state ? state.whole : { ...Object(saga.state), ...state.changed },
    open,
    attempts,
    timeouts: ended,
  };
}

type Pending = Pick<SagaInstance, 'open' | 'attempts' | 'timeouts'>;

function afterEffect(
  pending: Pending,
  effect: DecidedEffect,
  closed: OpenEffect | undefined,
): Pending {
  const { open, attempts, timeouts } = pending;
  switch (effect.effect) {
    case 'send': {
      const { effect: _send, id, ...sent } = effect;
      return {
        timeouts,
        open: { ...open, [id]: { ...sent, awaits: 'outcome' } },
        attempts: { ...attempts, [id]: sent.attempt },
      };
    }
    case 'retry':
    case 'attention': {
      if (!closed) throw new Error(`${effect.id} is not what was settled.`);
      return { ...pending, open: { ...open, [effect.id]: { ...closed, awaits: effect.effect } } };
    }
    case 'start-timeout':
      return { ...pending, timeouts: { ...timeouts, [effect.name]: effect.at } };
    case 'cancel-timeout':
      return { ...pending, timeouts: leftOut(timeouts, effect.name) };
  }
}

function leftOut<Value>(values: Readonly<Record<string, Value>>, name: string) {
  const { [name]: _left, ...others } = values;
  return others;
}
