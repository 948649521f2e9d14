/**
 * Ledge's queue, the one of the binding `EVENTS`: consumed one batch at a time, with the retries that the consumer's
 * delays are made for, and what it gives up on is recorded. Other queues are the project's own.
 */
import { isQueueOf } from '../../core/protocol/deployment-names.ts';
import type { Project } from '../../migrations/project.ts';
import { placeOf } from './place.ts';

/** The platform's maximum. With the consumer's delays 100 retries are more than 11 hours. */
const RETRIES = 100;

/** How the Worker knows a queue of what another one gave up on. */
const DEAD = '-dead';

type Consumer = NonNullable<Project['config']['queues']['consumers']>[number];

export function queueFaults(project: Project): string[] {
  const { producers = [], consumers = [] } = project.config.queues;
  const { queue } = producers.find(({ binding }) => binding === project.bindings.EVENTS) ?? {};
  if (queue === undefined) return [];
  const place = placeOf(project);
  if (!isQueueOf(project.queue, queue)) return [foreignName(project.queue, queue, place)];
  const consumer = consumers.find((one) => one.queue === queue);
  if (!consumer) return [notConsumed(queue, place)];
  return [
    ...retryFaults(consumer, place),
    ...(consumer.max_concurrency === 1
      ? []
      : [
          `The consumer of ${queue} may run several batches at a time, which lose each other's work: set max_concurrency = 1 in ${place}.`,
        ]),
    ...deadLetterFaults(consumer, consumers, place),
  ];
}

function foreignName(own: string, queue: string, place: string): string {
  return `The Worker takes messages of ${own} and ${own}-…, and ${queue} is bound: rename the queue in ${place}, or name it in ledge(app, { queue }) and in "ledge": { "queue" } of package.json.`;
}

function deadLetterFaults(
  { queue, dead_letter_queue: dead }: Consumer,
  consumers: readonly Consumer[],
  place: string,
): string[] {
  if (!dead?.endsWith(DEAD)) {
    return [
      `The consumer of ${queue} has no dead letter queue whose name ends with ${DEAD}: set dead_letter_queue = "${queue}${DEAD}" in ${place}.`,
    ];
  }
  const consumer = consumers.find((one) => one.queue === dead);
  return consumer ? retryFaults(consumer, place) : [notConsumed(dead, place)];
}

function retryFaults({ queue, max_retries }: Consumer, place: string): string[] {
  if (max_retries === RETRIES) return [];
  return [`The consumer of ${queue} gives up too early: set max_retries = ${RETRIES} in ${place}.`];
}

function notConsumed(queue: string, place: string): string {
  return `The queue ${queue} has no consumer: add it to queues.consumers in ${place}.`;
}
