/** `defineReactor`: commands that follow from events, and the `command` that reactors and sagas send. */

import type * as z from 'zod';
import type { Aggregate } from '../aggregate/aggregate.ts';
import type { EventDefinitions, EventNamed, RecordedEvent } from '../aggregate/event.ts';
import { type HandledEvents, handledEvents } from '../aggregate/handled-events.ts';
import { ownValue } from '../values/own-value.ts';
import { withinHops } from './hops.ts';
import { declaredReactions, type SentCommands } from './sent-commands.ts';

/** A command that follows from an event. */
export interface Reaction {
  readonly aggregate: string;
  readonly id: string;
  readonly command: string;
  readonly data: unknown;
  /** Set for a command of a saga, which receives the outcome. */
  readonly effectAttempt?: EffectAttempt;
}

/** One attempt at one effect of a saga. */
export interface EffectAttempt {
  readonly saga: string;
  readonly id: string;
  readonly effect: string;
  readonly attempt: number;
}

/**
 * A reactor as the runtime handles it. It is called at least once for every event, in each stream's order, and never by
 * a rebuild.
 */
export interface Reactor {
  readonly kind: 'reactor';
  readonly name: string;
  readonly sources: readonly string[];
  readonly handles: HandledEvents;
  /** What it declares to send; left out: nothing is known. */
  readonly sends?: SentCommands;
  /** Where it starts when it is first deployed. */
  readonly startsAt: 'now' | 'beginning';
  /** Its events are never parked for a failing call, however long that lasts, because a saga waits for the outcome. */
  readonly keepsTrying?: true;
  react(event: RecordedEvent): readonly Reaction[];
}

type Handlers<Events extends EventDefinitions> = {
  readonly [Type in keyof Events & string]?: (
    event: RecordedEvent<Type, EventNamed<Events, Type>['data']>,
  ) => Reaction | readonly Reaction[];
};

/**
 * Defines a reactor: the commands that follow from events, without a coordinator. Each command has an idempotency key
 * made from the event, so that it is executed once however often the event is delivered. A rejection by the target
 * aggregate is a final outcome; a command that cannot be sent is retried. A command that no attempt can execute (an
 * invalid id, data that its schema refuses, an event that is too large) parks the event at once.
 *
 * @example defineReactor({
 *   name: 'releases-stock',
 *   from: [order],
 *   on: {
 *     order: {
 *       OrderCancelled: ({ aggregateId, data }) =>
 *         data.lines.map((line) => command(product, line.product, 'ReleaseStock', { reservation: aggregateId })),
 *     },
 *   },
 * })
 */
export function defineReactor<
  const Name extends string,
  const Sources extends readonly Aggregate[],
>(definition: {
  readonly name: Name;
  readonly from: Sources;
  readonly on: {
    readonly [Source in Sources[number]['name']]?: Handlers<
      Extract<Sources[number], { name: Source }>['events']
    >;
  };
  readonly startsAt?: Reactor['startsAt'];
  /**
   * The commands that it may send, by aggregate, for the catalog. A command that is not among them parks its event. Left
   * out: every command may be sent, and the catalog says so.
   */
  readonly sends?: SentCommands;
}): Reactor & { readonly name: Name } {
  const { name, sends } = definition;
  // The runtime calls each handler with its own event, as its type says.
  const handlers = definition.on as unknown as ErasedHandlers;
  return {
    kind: 'reactor',
    name,
    sources: definition.from.map((source) => source.name),
    handles: handledEvents(handlers),
    ...(sends && { sends }),
    startsAt: definition.startsAt ?? 'now',
    react: (event) => {
      const handler = ownValue(ownValue(handlers, event.aggregate) ?? {}, event.type);
      const reactions = handler ? reactionsFrom(handler(event), name) : [];
      return withinHops(event, declaredReactions(name, sends, reactions));
    },
  };
}

/**
 * The reactions that a handler returned, checked at run time: in JavaScript a bare `return;` compiles.
 *
 * @throws TypeError for anything else
 */
export function reactionsFrom(returned: unknown, definition: string): Reaction[] {
  return [returned].flat().map((one: unknown) => {
    const { aggregate, id, command, data }: Partial<Reaction> = one ?? {};
    if ([aggregate, id, command].every((text) => typeof text === 'string')) {
      return { aggregate, id, command, data } as Reaction;
    }
    throw new TypeError(
      `${definition} returned a value that is no reaction: return command(…), a list of them, or [] for none.`,
    );
  });
}

type ErasedHandlers = Readonly<
  Record<string, Readonly<Record<string, (event: RecordedEvent) => Reaction | readonly Reaction[]>>>
>;

/**
 * A command for an aggregate, typed by the aggregate's command schemas.
 *
 * @example command(payment, aggregateId, 'RefundPayment', {})
 */
export function command<Target extends Aggregate, Name extends keyof Target['commands'] & string>(
  aggregate: Target,
  id: string,
  name: Name,
  data: z.input<Target['commands'][Name]>,
): Reaction {
  return { aggregate: aggregate.name, id, command: name, data };
}
