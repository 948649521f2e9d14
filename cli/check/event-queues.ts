/** The queues of a project that carry events, as its wrangler configuration binds and consumes them. */
import { furtherQueues, isQueueOf } from '../../core/protocol/deployment-names.ts';
import type { Project } from '../../migrations/project.ts';
import { type NumberedBindings, numberedBindings } from './numbered-bindings.ts';
import { placeOf } from './place.ts';

/** How the Worker knows a queue of what another one gave up on. */
const DEAD = '-dead';

export function isDead(queue: string | undefined): boolean {
  return queue?.endsWith(DEAD) ?? false;
}

type Queues = Project['config']['queues'];
export type QueueConsumer = NonNullable<Queues['consumers']>[number];
export type QueueProducer = NonNullable<Queues['producers']>[number];

export interface EventQueues extends NumberedBindings<QueueProducer> {
  /** The name that all of Ledge's queues begin with. */
  readonly own: string;
  readonly place: string;
  /** Every binding that streams are sent to may have: `EVENTS`, `EVENTS_2`, … */
  readonly names: readonly string[];
  /** Of what is bound, and of what only waits to become empty. */
  readonly consumers: readonly QueueConsumer[];
  /** The name for the queue that all of them give up into. */
  readonly dead: string;
}

export function eventQueuesOf(project: Project): EventQueues {
  const { producers = [], consumers = [] } = project.config.queues;
  const { queue: own, bindings } = project;
  const names = [bindings.EVENTS, ...furtherQueues(bindings.EVENTS)];
  const { bound, unused } = numberedBindings(names, producers);
  const isBound = (queue: string) => bound.some((one) => one.queue === queue);
  return {
    ...{ own, place: placeOf(project), names },
    ...{ bound, unused },
    consumers: consumers.filter(
      ({ queue }) => !isDead(queue) && (isBound(queue) || isQueueOf(own, queue)),
    ),
    dead: `${bound[0]?.queue ?? own}${DEAD}`,
  };
}
