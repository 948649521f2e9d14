/** `defineAction`: what an app does outside of itself when an event is recorded. The one place where an app awaits. */
import type { Aggregate } from '../aggregate/aggregate.ts';
import type { EventDefinitions, EventNamed, RecordedEvent } from '../aggregate/event.ts';
import { handledEvents } from '../aggregate/handled-events.ts';
import type { FailedEnd } from '../process/effect.ts';
import { withinHops } from '../process/hops.ts';
import type { PerSource } from '../process/per-source.ts';
import { type Reaction, reactionsFrom } from '../process/reactor.ts';
import { declaredReactions, type SentCommands } from '../process/sent-commands.ts';
import { type Json, jsonCopy } from '../values/json.ts';
import { ownValue } from '../values/own-value.ts';
import { DELAY_RULE, isDelay } from '../values/time.ts';
import type {
  Action,
  ActionAnswer,
  ActionCall,
  ActionDone,
  ActionResult,
  ActionRetryPolicy,
  KeptCommand,
  WantedRetry,
} from './action.ts';

/** Ours: with the backoff ten attempts take 45 to 65 minutes. */
const RETRY: ActionRetryPolicy = { attempts: 10, forMs: 10_800_000 };

const TIMEOUT_MS = 20_000;

/** Ours: a handler that takes longer is a job of the other system, which reports its end. */
const TIMEOUT_MS_MAX = 60_000;

/** Ours: with the backoff, more than three days. */
const ATTEMPTS_MAX = 100;

type ActionHandlers<Events extends EventDefinitions, Env> = {
  readonly [Type in keyof Events & string]?: (
    event: RecordedEvent<Type, EventNamed<Events, Type>['data']>,
    call: ActionCall<Env>,
  ) => Promise<ActionResult>;
};

type FailureHandlers<Events extends EventDefinitions> = {
  readonly [Type in keyof Events & string]?: (
    event: RecordedEvent<Type, EventNamed<Events, Type>['data']>,
    reason: string,
  ) => Reaction | readonly Reaction[];
};

type EventsNamed<Sources extends readonly Aggregate[], Source> = Extract<
  Sources[number],
  { name: Source }
>['events'];

/**
 * Defines an action: a call to a system outside of the app that follows from an event, and the commands that follow from its
 * answer. The handler is called after the event is stored, again after a failure, and always with the same idempotency key:
 * the other system makes one effect of it. The commands are kept before they are sent, and executed once. For each stream the
 * action handles one event after another, in their order.
 *
 * A handler that throws, takes longer than `timeoutMs` (20 seconds, at most 60) or returns `retry()` is called again, by
 * `retry` ten times within three hours. After that, and after `fail(reason)`, the command of `failed` is sent; without one the
 * action is parked until an operator retries or skips it.
 *
 * Personal fields are sealed in the event. With `opens: true` a handler may open them, for the attempt alone: `call.open`.
 *
 * @throws RangeError for numbers that are none of a policy
 * @example defineAction({
 *   name: 'charge',
 *   from: [payment],
 *   on: {
 *     payment: {
 *       PaymentRequested: async ({ aggregateId, data }, { env, idempotencyKey, signal }: ActionCall<PaymentEnv>) => {
 *         const answer = await fetch(env.PAYMENTS_URL, {
 *           method: 'POST', body: JSON.stringify(data), headers: { 'idempotency-key': idempotencyKey }, signal,
 *         });
 *         if (answer.status === 402) return fail('declined');
 *         return answer.ok ? command(payment, aggregateId, 'CapturePayment', {}) : retry();
 *       },
 *     },
 *   },
 *   failed: {
 *     payment: {
 *       PaymentRequested: ({ aggregateId }, reason) => command(payment, aggregateId, 'DeclinePayment', { reason }),
 *     },
 *   },
 * })
 */
export function defineAction<
  const Name extends string,
  const Sources extends readonly Aggregate[],
  Env = Readonly<Record<string, unknown>>,
>(definition: {
  readonly name: Name;
  readonly from: Sources;
  readonly retry?: Partial<ActionRetryPolicy>;
  readonly timeoutMs?: number;
  readonly on: {
    readonly [Source in Sources[number]['name']]?: ActionHandlers<
      EventsNamed<Sources, Source>,
      Env
    >;
  };
  readonly failed?: {
    readonly [Source in Sources[number]['name']]?: FailureHandlers<EventsNamed<Sources, Source>>;
  };
  /** Left out: personal fields stay sealed. The catalog shows which actions open them. */
  readonly opens?: true;
  /** The commands that it may send, by aggregate, for the catalog. An attempt that returns another one has failed. */
  readonly sends?: SentCommands;
}): Action & { readonly name: Name } {
  const { name, from, sends, opens = false, timeoutMs = TIMEOUT_MS } = definition;
  const retryPolicy = { ...RETRY, ...definition.retry };
  checkPolicy(name, retryPolicy, timeoutMs);
  // The runtime calls each handler with its own event and the Worker's environment, as its type says.
  const on = definition.on as unknown as PerSource<Handler>;
  const failed = (definition.failed ?? {}) as unknown as PerSource<FailureHandler>;
  return {
    ...{ kind: 'action', name, sources: from.map((source) => source.name) },
    ...{ handles: handledEvents(on), ...(sends && { sends }) },
    ...{ opens, retry: retryPolicy, timeoutMs },
    actsOn: (event) => handlerOf(on, event) !== undefined,
    act: async (event, call) => {
      const own = opens ? call : { ...call, open: refusal(name) };
      const acting: Promise<unknown> | undefined = handlerOf(on, event)?.(event, own);
      return answerFrom(event, await acting, { name, sends });
    },
    failed: (event, reason) => {
      const handler = handlerOf(failed, event);
      return handler && commandsFrom(event, handler(event, reason), { name, sends });
    },
  };
}

/**
 * Returned by a handler that wants another attempt: `retry(60_000)`, as a header `Retry-After` says, or by the backoff.
 *
 * @example return retry(Number(answer.headers.get('retry-after')) * 1_000 || undefined);
 */
export function retry(afterMs?: number): WantedRetry {
  if (afterMs === undefined) return { action: 'retry' };
  if (!isDelay(afterMs)) throw new RangeError(`${afterMs} is no delay. ${DELAY_RULE}`);
  return { action: 'retry', afterMs };
}

/**
 * Returned by a handler from whose call no command follows.
 *
 * @example if (answer.ok) return done();
 */
export function done(): ActionDone {
  return { action: 'done' };
}

type Handler = (event: RecordedEvent, call: ActionCall) => Promise<unknown>;
type FailureHandler = (event: RecordedEvent, reason: string) => unknown;

function handlerOf<Found>(
  handlers: PerSource<Found>,
  { aggregate, type }: Pick<RecordedEvent, 'aggregate' | 'type'>,
): Found | undefined {
  return ownValue(ownValue(handlers, aggregate) ?? {}, type);
}

/** Of an action that does not declare it. */
function refusal(name: string): ActionCall['open'] {
  return async () => {
    throw new TypeError(`${name} opens personal fields and does not declare opens: true.`);
  };
}

interface Declared {
  readonly name: string;
  readonly sends: SentCommands | undefined;
}

/** Checked at run time: in JavaScript a bare `return;` compiles. */
function answerFrom(event: RecordedEvent, result: unknown, declared: Declared): ActionAnswer {
  const { action, afterMs }: Partial<WantedRetry> = Object(result);
  if (action === 'retry') return { answer: 'retry', ...(afterMs !== undefined && { afterMs }) };
  const { effect, phase, reason }: Partial<FailedEnd> = Object(result);
  if (effect === 'enter' && phase === 'failed') return { answer: 'failed', reason: String(reason) };
  const isDone = (Object(result) as Partial<ActionDone>).action === 'done';
  return { answer: 'commands', commands: isDone ? [] : commandsFrom(event, result, declared) };
}

/** In the form that JSON has, in which they are stored. */
function commandsFrom(
  event: RecordedEvent,
  returned: unknown,
  { name, sends }: Declared,
): KeptCommand[] {
  return withinHops(event, declaredReactions(name, sends, reactionsFrom(returned, name))).map(
    ({ aggregate, id, command, data }) => ({
      ...{ aggregate, id, command },
      // A copy through JSON is JSON.
      data: jsonCopy(data ?? null) as Json,
    }),
  );
}

function checkPolicy(name: string, { attempts, forMs }: ActionRetryPolicy, timeoutMs: number) {
  const isCount = Number.isInteger(attempts) && attempts >= 1 && attempts <= ATTEMPTS_MAX;
  if (!isCount || !isDelay(forMs)) {
    throw new RangeError(
      `${name} cannot be attempted ${attempts} times in ${forMs} ms: 1 to ${ATTEMPTS_MAX} times. ${DELAY_RULE}`,
    );
  }
  if (!(timeoutMs >= 1 && timeoutMs <= TIMEOUT_MS_MAX)) {
    throw new RangeError(
      `An attempt of ${name} cannot take ${timeoutMs} ms: 1 to ${TIMEOUT_MS_MAX}.`,
    );
  }
}
