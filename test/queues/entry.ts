/** The bank on four queues: a test chooses how many of them are bound, and what becomes of a message. */
import { furtherQueues } from '../../core/protocol/deployment-names.ts';
import { type RelayMessage, relayMessage } from '../../core/protocol/relay-message.ts';
import { cloudflare } from '../../worker/runtime/platform.ts';
import { app } from '../other-app/app.ts';
import { faultyPlatform } from '../workers/support/faults.ts';
import { heldLedge } from '../workers/support/held-ledge.ts';

interface Sent extends RelayMessage {
  /** The index of its queue. */
  readonly queue: number;
}

export const queues = {
  /** For objects that start from now on. */
  bound: 4,
  fateIn: (_queue: number): 'real' | 'kept' | 'fails' | 'hangs' => 'real',
  /** What each queue answers for its backlog. */
  backlogOf: (_queue: number) => 0,
  /** What each queue answers for the time of its oldest message. */
  oldestIn: (_queue: number): number | undefined => undefined,
  sent: [] as Sent[],
  /** The streams of each delivered batch, by the queue's name. */
  delivered: [] as { readonly queue: string; readonly streams: readonly string[] }[],
  /** How many batches are consumed at the moment, and how many were at most. */
  consumers: { running: 0, most: 0 },
};

const { AggregateObject, HealthObject, LiveObject, RebuildObject, ...bank } = heldLedge(app, {
  ...faultyPlatform,
  backlog: async (_env, queue) => queues.backlogOf(queue),
  oldestMessageMs: async (_env, queue) => queues.oldestIn(queue),
  sendEvents: async (env, message, queue) => {
    const fate = queues.fateIn(queue);
    if (fate === 'fails') throw new Error('Too Many Requests');
    if (fate === 'hangs') return new Promise(() => undefined);
    queues.sent.push({ ...relayMessage.parse(JSON.parse(message)), queue });
    return fate === 'kept' ? undefined : cloudflare.sendEvents(env, message, queue);
  },
});

type ObjectEnv = ConstructorParameters<typeof AggregateObject>[1];

class BoundAggregateObject extends AggregateObject {
  constructor(ctx: DurableObjectState, env: ObjectEnv) {
    const unbound = furtherQueues('EVENTS').slice(queues.bound - 1);
    const without = unbound.map((name) => [name, { value: undefined }]);
    super(ctx, Object.create(env, Object.fromEntries(without)));
  }
}

export const worker = {
  ...bank,
  queue: async (batch: MessageBatch<unknown>, env: ObjectEnv): Promise<void> => {
    const bodies = batch.messages.map(({ body }) => relayMessage.parse(JSON.parse(String(body))));
    queues.delivered.push({ queue: batch.queue, streams: bodies.map(({ stream }) => stream) });
    const { consumers } = queues;
    consumers.most = Math.max(consumers.most, ++consumers.running);
    await bank.queue(batch, env).finally(() => consumers.running--);
  },
};

export { BoundAggregateObject as AggregateObject, HealthObject, LiveObject, RebuildObject };
export default worker;
