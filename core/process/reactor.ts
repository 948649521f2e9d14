/** `defineReactor`: commands that follow from events, and the `command` that reactors and sagas send. */

import type * as z from 'zod';
import type { Aggregate } from '../aggregate/aggregate.ts';
import type { EventDefinitions, EventNamed, RecordedEvent } from '../aggregate/event.ts';
import { ownValue } from '../values/own-value.ts';
import { withinHops } from './hops.ts';

/** A command that follows from an event. */
export interface Reaction {
  readonly aggregate: string;
  readonly id: string;
  readonly command: string;
  readonly data: unknown;
  /** The saga that wants it, and hears what became of it. */
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
 * What follows from events outside the read models, as the machinery handles it. Called at least once for every
 * event, in each stream's order; never by a rebuild.
 */
export interface Reactor {
  readonly kind: 'reactor';
  readonly name: string;
  readonly sources: readonly string[];
  /** Where it begins when it is deployed first. */
  readonly startsAt: 'now' | 'beginning';
  /** Never parked for a call that fails, however long that lasts: the saga waits for its outcome. */
  readonly keepsTrying?: true;
  react(event: RecordedEvent): readonly Reaction[];
}

type Handlers<Events extends EventDefinitions> = {
  readonly [Type in keyof Events & string]?: (
    event: RecordedEvent<Type, EventNamed<Events, Type>['data']>,
  ) => Reaction | readonly Reaction[];
};

/**
 * Describes a policy: which commands follow from which events, without a coordinator. The commands carry a key made
 * from the event, so that each is executed once however often the event is delivered. A command that its aggregate
 * rejects has been answered; one that cannot be sent is tried again. A command that no attempt can carry out (an id
 * that breaks the rule of ids, data that its schema refuses, too large an event) parks the event at once.
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
}): Reactor & { readonly name: Name } {
  // The typed handlers are called with what their types say: their own event.
  const handlers = definition.on as unknown as ErasedHandlers;
  return {
    kind: 'reactor',
    name: definition.name,
    sources: definition.from.map(({ name }) => name),
    startsAt: definition.startsAt ?? 'now',
    react: (event) => {
      const handler = ownValue(ownValue(handlers, event.aggregate) ?? {}, event.type);
      return withinHops(event, handler ? reactionsFrom(handler(event), definition.name) : []);
    },
  };
}

/**
 * The reactions that a handler returned: its type says so, and a bare `return;` compiles in JavaScript all the same.
 *
 * @throws TypeError for anything else
 */
function reactionsFrom(returned: unknown, reactor: string): Reaction[] {
  return [returned].flat().map((one: unknown) => {
    const { aggregate, id, command, data }: Partial<Reaction> = one ?? {};
    if ([aggregate, id, command].every((text) => typeof text === 'string')) {
      return { aggregate, id, command, data } as Reaction;
    }
    throw new TypeError(
      `${reactor} returned a value that is no reaction: return command(…), a list of them, or [] for none.`,
    );
  });
}

type ErasedHandlers = Readonly<
  Record<string, Readonly<Record<string, (event: RecordedEvent) => Reaction | readonly Reaction[]>>>
>;

/** A command to an aggregate, its data checked against the aggregate's own types. */
export function command<Target extends Aggregate, Name extends keyof Target['commands'] & string>(
  aggregate: Target,
  id: string,
  name: Name,
  data: z.input<Target['commands'][Name]>,
): Reaction {
  return { aggregate: aggregate.name, id, command: name, data };
}
