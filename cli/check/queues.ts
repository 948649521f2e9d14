/**
 * Ledge's queues: consumed one batch at a time, with the retries that the consumer's delays are made for, and what they
 * give up on is recorded. Queues under other names are the project's own.
 */
import { isQueueOf } from '../../core/protocol/deployment-names.ts';
import type { Project } from '../../migrations/project.ts';
import {
  type EventQueues,
  eventQueuesOf,
  isDead,
  type QueueConsumer,
  type QueueProducer,
} from './event-queues.ts';
import { unusedText } from './numbered-bindings.ts';

/** The platform's maximum. With the consumer's delays 100 retries are more than 11 hours. */
const RETRIES = 100;

export function queueFaults(project: Project): string[] {
  const queues = eventQueuesOf(project);
  const faults = [
    ...queues.unused.map((producer) => unusedBinding(queues, producer)),
    ...queues.bound.flatMap((producer) => producerFaults(queues, producer)),
    ...queues.consumers.flatMap((consumer) => [
      ...retryFaults(queues, consumer),
      ...concurrencyFaults(queues, consumer),
      ...deadLetterFaults(queues, consumer, project.config.queues.consumers ?? []),
    ]),
  ];
  // Several queues give up into one, whose fault each would name.
  return [...new Set(faults)];
}

/** What is right for a time, and no fault: a queue that is consumed and no longer bound is being drained. */
export function queueNotes(project: Project): string[] {
  const { bound, consumers, place } = eventQueuesOf(project);
  const drained = consumers.filter(({ queue }) => bound.every((one) => one.queue !== queue));
  return drained.map(
    ({ queue }) =>
      `The queue ${queue} is consumed and not bound, so it is drained. Once it is empty, take it out of queues.consumers in ${place} (docs/operations.md, Several queues).`,
  );
}

function unusedBinding(queues: EventQueues, { binding }: QueueProducer): string {
  return `No event is sent to the binding ${binding}: ${unusedText('queues', queues.names, queues, queues.place)}`;
}

function producerFaults(queues: EventQueues, { binding, queue = '' }: QueueProducer): string[] {
  const { own, place, bound, consumers } = queues;
  if (!isQueueOf(own, queue)) return [foreignName(own, queue, place)];
  if (isDead(queue)) {
    return [
      `${binding} is bound to ${queue}, which is for what another queue gave up on: bind it to another queue in ${place}.`,
    ];
  }
  const [first] = bound.filter((one) => one.queue === queue);
  if (first && first.binding !== binding) {
    return [
      `${first.binding} and ${binding} are bound to the same queue ${queue}: bind each to its own in ${place}.`,
    ];
  }
  return consumers.some((one) => one.queue === queue) ? [] : [notConsumed(queue, place)];
}

function foreignName(own: string, queue: string, place: string): string {
  return `The Worker takes messages of ${own} and ${own}-…, and ${queue} is bound: rename the queue in ${place}, or name it in ledge(app, { queue }) and in "ledge": { "queue" } of package.json.`;
}

function concurrencyFaults({ place }: EventQueues, consumer: QueueConsumer): string[] {
  if (consumer.max_concurrency === 1) return [];
  return [
    `The consumer of ${consumer.queue} may run several batches at a time, which lose each other's work: set max_concurrency = 1 in ${place}. More is consumed at a time with several queues (docs/operations.md).`,
  ];
}

function deadLetterFaults(
  queues: EventQueues,
  { queue, dead_letter_queue: dead }: QueueConsumer,
  consumers: readonly QueueConsumer[],
): string[] {
  if (dead === undefined || !isDead(dead)) {
    return [
      `The consumer of ${queue} has no dead letter queue whose name ends with -dead: set dead_letter_queue = "${queues.dead}" in ${queues.place}.`,
    ];
  }
  const consumer = consumers.find((one) => one.queue === dead);
  return consumer ? retryFaults(queues, consumer) : [notConsumed(dead, queues.place)];
}

function retryFaults({ place }: EventQueues, { queue, max_retries }: QueueConsumer): string[] {
  if (max_retries === RETRIES) return [];
  return [`The consumer of ${queue} gives up too early: set max_retries = ${RETRIES} in ${place}.`];
}

function notConsumed(queue: string, place: string): string {
  return `The queue ${queue} has no consumer: add it to queues.consumers in ${place}.`;
}
