// Holds the queues of every wrangler.toml to each other: what is produced is consumed, what is given up on
// is recorded, and both with the settings that the consumer's delays are made for. Then proves that each
// rule bites, with a breach of its own.

import { type Unstable_Config, unstable_readConfig } from 'wrangler';

type Queues = Unstable_Config['queues'];
type Consumer = NonNullable<Queues['consumers']>[number];

const CONFIGS = ['wrangler.toml', 'test/other-app/wrangler.toml'];

/** The platform's maximum. */
const RETRIES = 100;

function breachesOf({ producers = [], consumers = [] }: Queues): string[] {
  const consumed = new Map(consumers.map((consumer) => [consumer.queue, consumer]));
  const produced = new Set(producers.map(({ queue }) => queue));
  const dead = new Set(consumers.map((consumer) => consumer.dead_letter_queue));
  return [
    ...[...produced].flatMap((queue) => (consumed.has(queue ?? '') ? [] : [`${queue}: consumer`])),
    ...[...dead].flatMap((queue) => (!queue || consumed.has(queue) ? [] : [`${queue}: consumer`])),
    ...consumers.flatMap((consumer) => settingsOf(consumer, produced.has(consumer.queue))),
    ...consumers.flatMap(({ queue }) =>
      produced.has(queue) || dead.has(queue) ? [] : [`${queue}: producer`],
    ),
  ];
}

function settingsOf(consumer: Consumer, isProduced: boolean): string[] {
  const { queue, max_retries, max_concurrency, dead_letter_queue } = consumer;
  return [
    ...(max_retries === RETRIES ? [] : [`${queue}: max_retries`]),
    ...(isProduced && max_concurrency !== 1 ? [`${queue}: max_concurrency`] : []),
    ...(isProduced && !dead_letter_queue ? [`${queue}: dead_letter_queue`] : []),
  ];
}

const events = {
  queue: 'events',
  max_retries: RETRIES,
  max_concurrency: 1,
  dead_letter_queue: 'events-dead',
};
const eventsDead = { queue: 'events-dead', max_retries: RETRIES };
const producers = [{ binding: 'EVENTS', queue: 'events' }];
const { max_concurrency: _any, ...unbounded } = events;
const { dead_letter_queue: _none, ...deadEnd } = events;

/** By the breach that must be reported. */
const PLANTED: Readonly<Record<string, Queues>> = {
  'events: consumer': { producers, consumers: [] },
  'events-dead: consumer': { producers, consumers: [events] },
  'events: max_retries': { producers, consumers: [{ ...events, max_retries: 10 }, eventsDead] },
  'events-dead: max_retries': { producers, consumers: [events, { queue: 'events-dead' }] },
  'events: max_concurrency': { producers, consumers: [unbounded, eventsDead] },
  'events: dead_letter_queue, events-dead: producer': {
    producers,
    consumers: [deadEnd, eventsDead],
  },
  'old-events: producer': {
    producers,
    consumers: [events, eventsDead, { queue: 'old-events', max_retries: RETRIES }],
  },
  '': { producers, consumers: [events, eventsDead] },
};

const unnoticed = Object.entries(PLANTED).filter(
  ([breaches, queues]) => breachesOf(queues).join(', ') !== breaches,
);
for (const [breaches, queues] of unnoticed) {
  console.error(`Planted: ${breaches || 'nothing'}. Reported: ${breachesOf(queues).join(', ')}.`);
}
const found = CONFIGS.flatMap((config) =>
  breachesOf(unstable_readConfig({ config }, { hideWarnings: true }).queues).map(
    (breach) => `${config}: ${breach} is missing or not what the consumer's delays are made for.`,
  ),
);
for (const breach of found) console.error(breach);
console.log(`The queues of ${CONFIGS.length} configurations were held to each other.`);
process.exitCode = unnoticed.length + found.length > 0 ? 1 : 0;
