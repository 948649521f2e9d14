import { z } from 'zod';
import { defineAggregate } from './aggregate.ts';
import { type Accepted, accept, cancel, later, reject, schedule, type Timer } from './decision.ts';
import type { Effect, Enter, Reacted, Send, Settled } from './effect.ts';
import type { EventOf, RecordedEvent } from './event.ts';
import {
  type DecidedEffect,
  evolveSaga,
  hasEnded,
  notStarted,
  type OpenEffect,
  type SagaInstance,
  type SagaTransition,
  sagaEvents,
} from './saga-instance.ts';
import { spread } from './spread.ts';

/** What a definition says, its types gone. The functions answer `undefined` where it says nothing. */
export interface SagaLogic {
  readonly version: number;
  start(event: RecordedEvent): Reacted<unknown> | undefined;
  react(event: RecordedEvent, state: unknown): Reacted<unknown> | undefined;
  /** Whether the event may come before the one that starts the saga, and has to be kept until then. */
  mayBeEarly(event: RecordedEvent): boolean;
  timeout(name: string, state: unknown): Reacted<unknown> | undefined;
  settled(settled: Settled, state: unknown): Reacted<unknown> | undefined;
  cancelled(reason: string, state: unknown): Reacted<unknown> | undefined;
}

/** More is no early event but a start that never comes. */
const KEPT_MAX = 1_000;

const effectId = z.string().min(1).max(256);
const operated = { reason: z.string().min(1).max(1_000) };
const onEffect = z.strictObject({ effect: effectId, ...operated });

const sagaCommands = {
  Receive: z.strictObject({ event: z.custom<RecordedEvent>() }),
  Settle: z.strictObject({
    effect: effectId,
    attempt: z.int(),
    outcome: z.enum(['accepted', 'rejected']),
    reason: z.string().nullable(),
  }),
  Retry: z.strictObject({ effect: effectId, attempt: z.int() }),
  Timeout: z.strictObject({ name: z.string() }),
  RetryEffect: onEffect,
  SkipEffect: onEffect,
  ResolveEffect: onEffect,
  Cancel: z.strictObject(operated),
};

type SagaEvent = EventOf<typeof sagaEvents>;
type SagaTimer = Timer<'Timeout', { name: string }>;
type Step = Accepted<SagaEvent, SagaTimer>;

/** A saga is an aggregate whose commands come from the machinery and from operators alone. */
export function sagaAggregate<const Name extends string>(
  name: Name,
  logics: readonly [newest: SagaLogic, ...previous: SagaLogic[]],
) {
  const [newest] = logics;

  /** A running saga goes by the definition that it was started with. */
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
      evolve: evolveSaga,
      decide: {
        /** The newest version that was seen of each source stream tells a repeat. */
        Receive: ({ event }, saga, { now }) => {
          if (event.version <= (saga.seen[event.stream] ?? 0) || hasEnded(saga)) return accept();
          if (saga.phase === 'waiting') return beforeStart(newest, saga, event, now);
          const reacted = logicOf(saga).react(event, saga.state);
          return reacted ? received(saga, event, reacted, now) : accept();
        },

        Settle: ({ effect, attempt, outcome, reason }, saga, { now, id }) => {
          const open = openEffect(saga, effect);
          if (open?.attempt !== attempt || open.awaits !== 'outcome') return accept();
          const settled = (reacted: Reacted<unknown>, extra: readonly DecidedEffect[] = []) =>
            step(saga, reacted, now, extra, (transition) => ({
              type: 'EffectSettled',
              data: { effect, attempt, outcome, reason, transition },
            }));
          if (outcome === 'rejected' && open.left > 0) {
            const at = later(now, spread(open.retryMs, `${id}/${effect}/${attempt}`));
            const again = schedule(timerOf('retry', effect), {
              at,
              command: 'Retry',
              data: { effect, attempt },
            });
            return settled(unchanged(saga), [{ effect: 'retry', id: effect, at }]).with(again);
          }
          return settled(told(logicOf(saga), saga, { effect, outcome, reason }));
        },

        Retry: ({ effect, attempt }, saga, { now }) => {
          const open = openEffect(saga, effect);
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
          const open = openEffect(saga, effect);
          if (!open) return reject('no-such-effect', { open: Object.keys(saga.open) });
          if (open.awaits === 'outcome') return reject('on-its-way');
          return step(saga, unchanged(saga), now, [sentAgain(effect, open, 0)], (transition) => ({
            type: 'Operated',
            data: { operation: 'retry', effect, reason, actor, transition },
          })).with(cancel(timerOf('retry', effect)));
        },

        SkipEffect: ({ effect, reason }, saga, { now, actor }) => {
          if (!openEffect(saga, effect)) return noSuchEffect(saga);
          return settledBy(saga, { effect, outcome: 'skipped', reason }, actor, now);
        },

        ResolveEffect: ({ effect, reason }, saga, { now, actor }) => {
          if (!openEffect(saga, effect)) return noSuchEffect(saga);
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
    isInternal: true as const,
  };

  function settledBy(
    saga: SagaInstance,
    settled: Settled & { readonly outcome: 'skipped' | 'resolved'; readonly reason: string },
    actor: string,
    now: string,
  ) {
    const { effect, outcome, reason } = settled;
    const operation = outcome === 'skipped' ? ('skip' as const) : ('resolve' as const);
    return step(saga, told(logicOf(saga), saga, settled), now, [], (transition) => ({
      type: 'Operated',
      data: { operation, effect, reason, actor, transition },
    })).with(cancel(timerOf('retry', effect)));
  }
}

function noSuchEffect({ open }: SagaInstance) {
  return reject('no-such-effect', { open: Object.keys(open) });
}

/** Its start, and then what was kept until now, each in an event of its own; or the event is kept itself. */
function beforeStart(
  logic: SagaLogic,
  saga: SagaInstance,
  event: RecordedEvent,
  now: string,
): Step {
  const start = logic.start(event);
  if (start) {
    const begun = received({ ...saga, definition: logic.version }, event, start, now);
    return saga.kept.reduce((story, kept) => afterStart(logic, saga, story, kept, now), begun);
  }
  if (!logic.mayBeEarly(event)) return accept();
  if (saga.kept.length === KEPT_MAX) throw new Error(`${KEPT_MAX} events came before the start.`);
  const { stream: source, version } = event;
  return accept({ type: 'EventKept', data: { source, version, event } });
}

function afterStart(
  logic: SagaLogic,
  saga: SagaInstance,
  story: Step,
  kept: RecordedEvent,
  now: string,
): Step {
  const current = story.events.reduce(evolved, saga);
  const reacted = hasEnded(current) ? undefined : logic.react(kept, current.state);
  if (!reacted) return story;
  const { events, timers } = received(current, kept, reacted, now);
  return accept(...story.events, ...events).with(...story.timers, ...timers);
}

function received(
  saga: SagaInstance,
  { stream: source, version, type }: RecordedEvent,
  reacted: Reacted<unknown>,
  now: string,
) {
  return step(saga, reacted, now, [], (transition) => ({
    type: 'EventReceived',
    data: { source, version, type, transition },
  }));
}

/** What the definition makes of a settled command. A rejection that it has no word for is never silent. */
function told(logic: SagaLogic, saga: SagaInstance, settled: Settled): Reacted<unknown> {
  const reacted = hasEnded(saga) ? undefined : logic.settled(settled, saga.state);
  if (reacted) return reacted;
  const { effect: id, outcome, reason } = settled;
  if (outcome !== 'rejected') return unchanged(saga);
  return { state: saga.state, effects: [{ effect: 'attention', id, reason: reason ?? outcome }] };
}

function unchanged({ state }: SagaInstance): Reacted<unknown> {
  return { state, effects: [] };
}

function openEffect({ open }: SagaInstance, id: string): OpenEffect | undefined {
  return Object.hasOwn(open, id) ? open[id] : undefined;
}

function sentAgain(id: string, { attempt, retryMs, command }: OpenEffect, left: number) {
  const again = { attempt: attempt + 1, left, retryMs: retryMs * 2, command };
  return { effect: 'send', id, ...again } as const;
}

function timerOf(kind: 'retry' | 'timeout', name: string): string {
  return `${kind}/${name}`;
}

/** One event with the whole transition, and the timers that it starts and stops. */
function step<Told extends SagaEvent>(
  saga: SagaInstance,
  { state, effects }: Reacted<unknown>,
  now: string,
  extra: readonly DecidedEffect[],
  tell: (transition: SagaTransition) => Told,
): Step {
  const decided = [...effects.flatMap((effect) => decidedEffect(saga, effect, now)), ...extra];
  const moved = {
    definition: saga.definition,
    ...phaseAfter(saga, effects),
    state: stateAfter(saga.state, state),
    effects: decided,
  };
  const attempted = tell({ ...moved, status: moved.phase });
  const after = evolved(saga, attempted);
  const needsAttention = Object.values(after.open).some(({ awaits }) => awaits === 'attention');
  const event = needsAttention ? tell({ ...moved, status: 'attention' }) : attempted;
  return accept(event).with(...timersBetween(saga, after, decided));
}

function evolved(saga: SagaInstance, event: SagaEvent): SagaInstance {
  // Each evolve function is called with the event of its own name.
  const evolve = evolveSaga[event.type] as (saga: SagaInstance, event: SagaEvent) => SagaInstance;
  return evolve(saga, event);
}

function phaseAfter(saga: SagaInstance, effects: readonly Effect[]) {
  const entered = effects.findLast((effect): effect is Enter => effect.effect === 'enter');
  if (entered && !hasEnded(saga)) return { phase: entered.phase, reason: entered.reason };
  return { phase: saga.phase === 'waiting' ? 'running' : saga.phase, reason: saga.reason } as const;
}

function stateAfter(before: unknown, after: unknown): SagaTransition['state'] {
  if (!isRecord(before) || !isRecord(after)) return { whole: after };
  if (Object.keys(before).some((key) => !Object.hasOwn(after, key))) return { whole: after };
  const changed = Object.entries(after).filter(([key, value]) => before[key] !== value);
  return { changed: Object.fromEntries(changed) };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
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
  if (openEffect(saga, id)) throw new Error(`Effect ${id} is sent again before it is settled.`);
  const attempt = (Object.hasOwn(saga.attempts, id) ? (saga.attempts[id] ?? 0) : 0) + 1;
  const { aggregate, id: target, command, data } = reaction;
  return {
    effect: 'send',
    id,
    attempt,
    left: retry.attempts - 1,
    retryMs: retry.afterMs,
    command: { aggregate, id: target, command, data },
  };
}

/** The object's timers follow the saga's timeouts; an end takes away those that are left. */
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
