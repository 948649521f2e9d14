/** What subscriptions reach by bindings: a queue with the platform's limits, and another Worker that is called over RPC. */
import { WorkerEntrypoint } from 'cloudflare:workers';

/** As a consumer is given it. */
interface DeliveredEvent {
  readonly id: string;
  readonly subject: string;
  readonly source: string;
  readonly data: { readonly note?: string };
}

interface BoundTarget {
  /** Each call, the events of it in their order. */
  readonly calls: DeliveredEvent[][];
  /** Throws, or waits, to fail. */
  respond: (events: readonly DeliveredEvent[]) => void | Promise<void>;
}

const target = (): BoundTarget => ({ calls: [], respond: () => undefined });

export const bound = {
  queue: target(),
  service: target(),
  /** Whether the objects of subscriptions have the bindings. */
  isThere: true,
};

export function resetBoundTargets(): void {
  Object.assign(bound, { queue: target(), service: target(), isThere: true });
}

async function taken({ calls, respond }: BoundTarget, events: DeliveredEvent[]): Promise<void> {
  calls.push(events);
  await respond(events);
}

const encoder = new TextEncoder();

/** Limits: developers.cloudflare.com/queues/platform/limits. */
const warehouse = {
  sendBatch: async (requests: Iterable<MessageSendRequest<DeliveredEvent>>): Promise<void> => {
    const messages = [...requests];
    const bytes = messages.map(({ body }) => encoder.encode(JSON.stringify(body)).length + 100);
    if (messages.some(({ contentType }) => contentType !== 'json')) throw new Error('No JSON.');
    if (messages.length > 100) throw new Error('Too many messages in a batch.');
    if (bytes.some((own) => own > 128_000)) throw new Error('Message too large.');
    if (bytes.reduce((sum, own) => sum + own, 0) > 256_000) throw new Error('Batch too large.');
    await taken(
      bound.queue,
      messages.map(({ body }) => body),
    );
  },
};

/** Another Worker. */
export class Billing extends WorkerEntrypoint {
  async receive(events: DeliveredEvent[]): Promise<void> {
    await taken(bound.service, events);
  }
}

/** A Worker that takes no events. */
export class Deaf extends WorkerEntrypoint {
  override fetch(): Response {
    return new Response();
  }
}

/** `exports`: of the Worker, whose members are service bindings. */
export function boundTargets(exports: object) {
  return {
    LEDGE_TARGETS: 'WAREHOUSE, BILLING,DEAF,LATER,EVENTS',
    BILLING: Reflect.get(exports, 'Billing'),
    DEAF: Reflect.get(exports, 'Deaf'),
    UNNAMED: warehouse,
    get WAREHOUSE() {
      return bound.isThere ? warehouse : undefined;
    },
  };
}
