/**
 * The events of a saga's stream. A transition is one event if it fits; a longer one continues in `Continued` events of
 * the same command.
 */
import * as z from 'zod';
import { event, type RecordedEvent } from '../aggregate/event.ts';
import type { StatePatch } from '../values/state-patch.ts';
import { sagaPhases } from './effect.ts';

/** `attention`: a command has no outcome with which the saga can continue, and an operator decides. */
export const sagaStatuses = [...sagaPhases, 'attention'] as const;

export type SagaStatus = (typeof sagaStatuses)[number];

const sentCommand = z.strictObject({
  aggregate: z.string(),
  id: z.string(),
  command: z.string(),
  data: z.unknown(),
});

export type SentCommand = z.output<typeof sentCommand>;

const attention = z.strictObject({
  effect: z.literal('attention'),
  id: z.string(),
  reason: z.string(),
});

/** The effects of a transition, with times and retries decided: reading them needs no clock and no policy. */
const effectsWith = <Attention extends typeof attention>(needed: Attention) =>
  z.discriminatedUnion('effect', [
    z.strictObject({
      effect: z.literal('send'),
      id: z.string(),
      attempt: z.int(),
      /** The number of attempts left after this one. */
      left: z.int(),
      retryMs: z.number(),
      command: sentCommand,
    }),
    z.strictObject({ effect: z.literal('retry'), id: z.string(), at: z.string() }),
    needed,
    z.strictObject({ effect: z.literal('start-timeout'), name: z.string(), at: z.string() }),
    z.strictObject({ effect: z.literal('cancel-timeout'), name: z.string() }),
  ]);

const decidedEffect = effectsWith(
  attention.extend({
    /** The target has recorded no outcome under the attempt's key: a retry uses the key again. */
    isUndelivered: z.literal(true).exactOptional(),
  }),
);

export type DecidedEffect = z.output<typeof decidedEffect>;

const progress = {
  definition: z.int(),
  phase: z.enum(sagaPhases),
  status: z.enum(sagaStatuses),
  reason: z.string().nullable(),
};

/** The first schema version: every changed member of the state, whole. */
const firstTransition = z.strictObject({
  ...progress,
  state: z.union([
    z.strictObject({ whole: z.unknown() }),
    z.strictObject({ changed: z.record(z.string(), z.unknown()) }),
  ]),
  effects: z.array(effectsWith(attention)).readonly(),
});

/**
 * The result of a reaction. The state is stored, not recomputed, so that newer code cannot change the past. It is
 * stored as the difference from the state before, so that a large state is not stored again with each event.
 */
const transition = z.strictObject({
  ...progress,
  /** The reason why an operator is needed; null when none is. */
  attention: z.string().nullable(),
  state: z.custom<StatePatch>((value) => typeof value === 'object' && value !== null),
  effects: z.array(decidedEffect).readonly(),
});

export type SagaTransition = z.output<typeof transition>;

function patchOf(state: z.output<typeof firstTransition>['state']): StatePatch {
  if ('whole' in state) return { to: state.whole };
  const changed = Object.entries(state.changed).map(([name, value]) => [name, { to: value }]);
  return { changed: Object.fromEntries(changed) };
}

function lifted<Data extends { readonly transition: z.output<typeof firstTransition> }>(
  data: Data,
): Omit<Data, 'transition'> & { transition: SagaTransition } {
  const state = patchOf(data.transition.state);
  return { ...data, transition: { ...data.transition, attention: null, state } };
}

export const sagaOperations = ['retry', 'skip', 'resolve', 'cancel'] as const;

const source = { source: z.string(), version: z.int() };

const settledWith = <Outcome extends string>(outcomes: readonly Outcome[]) => ({
  effect: z.string(),
  attempt: z.int(),
  outcome: z.enum(outcomes),
  reason: z.string().nullable(),
});

const operated = {
  operation: z.enum(sagaOperations),
  effect: z.string().nullable(),
  reason: z.string(),
  actor: z.string(),
};

/** An event with a transition, in the first and in the current schema version. */
const moving = <Shape extends z.ZodRawShape>(shape: Shape) => ({
  first: z.strictObject({ ...shape, transition: firstTransition }),
  now: z.strictObject({ ...shape, transition }),
});

const received = moving({ ...source, type: z.string() });
const retried = moving({ effect: z.string() });
const passed = moving({ name: z.string() });
const settled = {
  first: moving(settledWith(['accepted', 'rejected'])).first,
  /** `undelivered`: the target has recorded no outcome, and an operator is needed. */
  now: moving(settledWith(['accepted', 'rejected', 'undelivered'])).now,
};
const byOperator = moving(operated);

export const sagaEvents = {
  /** An event that arrived before the one that starts the saga. */
  EventKept: event(z.strictObject({ ...source, event: z.custom<RecordedEvent>() })),
  EventReceived: event(received.first).upcast(received.now, lifted),
  EffectSettled: event(settled.first).upcast(settled.now, lifted),
  EffectRetried: event(retried.first).upcast(retried.now, lifted),
  TimeoutPassed: event(passed.first).upcast(passed.now, lifted),
  Operated: event(byOperator.first).upcast(byOperator.now, lifted),
  /** The rest of a transition that does not fit into one event. */
  Continued: event(z.strictObject({ transition })),
  /** An event that would have started the saga arrived after its end. */
  StartIgnored: event(z.strictObject({ ...source, type: z.string() })),
};
