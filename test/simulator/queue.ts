/** A queue that duplicates, reorders, delays, and hands several batches out at a time. */
import { QUEUE_ERROR } from './outage.ts';
import { ask, Process, type World } from './process.ts';

export interface QueueSetting {
  readonly name: string;
  /** What its faults are named after, which several queues share. */
  readonly kind: 'events' | 'events-dead';
  readonly batchSizeMax: number;
  readonly retriesMax: number;
  /** Receives the messages with too many attempts. */
  readonly dead?: SimulatedQueue;
  readonly consume: (consumer: Process, batch: MessageBatch<unknown>) => Promise<void>;
}

interface Waiting {
  readonly id: string;
  readonly body: string;
  readonly attempts: number;
}

/** The time that the platform waits for a consumer that was killed. */
const INVISIBLE_MS = 30_000;

const CONSUMERS_MAX = 4;

export class SimulatedQueue {
  readonly #world: World;
  readonly #setting: QueueSetting;
  #waiting: Waiting[] = [];
  /** Every message that is not acknowledged, with the time when it was sent, the oldest one first. */
  readonly #sentAtMs = new Map<Waiting['id'], number>();
  #consumers = 0;
  #isAwaited = false;
  #messages = 0;
  /** Then nothing can be sent. Messages that were sent before are delivered. */
  isGone = false;
  /** What happens with a message that its consumer wants once more. */
  onRetry: ((body: string) => void) | undefined;

  constructor(world: World, setting: QueueSetting) {
    this.#world = world;
    this.#setting = setting;
  }

  /** The binding, as a process sees it. */
  seenBy(process: Process): Queue<string> {
    const { kind } = this.#setting;
    const seen = {
      send: (body: string) =>
        ask(this.#world, process, {
          what: `queue ${kind}`,
          lost: () => new Error(QUEUE_ERROR),
          serve: () => {
            if (this.isGone) throw new Error(QUEUE_ERROR);
            this.take(body);
          },
        }),
      metrics: () =>
        ask(this.#world, process, {
          what: `metrics of queue ${kind}`,
          lost: () => new Error(QUEUE_ERROR),
          serve: () => {
            if (this.isGone) throw new Error(QUEUE_ERROR);
            return this.#metrics();
          },
        }),
    };
    return seen as unknown as Queue<string>;
  }

  #metrics(): QueueMetrics {
    const [oldestMs] = this.#sentAtMs.values();
    return {
      backlogCount: this.#sentAtMs.size,
      backlogBytes: 0,
      ...(oldestMs !== undefined && { oldestMessageTimestamp: new Date(oldestMs) }),
    };
  }

  take(body: string): void {
    const id = `${this.#setting.name}-${++this.#messages}`;
    this.#sentAtMs.set(id, this.#world.timeline.wallMs);
    this.#put({ id, body, attempts: 0 });
    if (this.#world.fate.strikes('a message is doubled')) this.#put({ id, body, attempts: 0 });
  }

  #put(message: Waiting, delayMs = 0): void {
    const { timeline, fate } = this.#world;
    if (message.attempts > this.#setting.retriesMax) {
      this.#sentAtMs.delete(message.id);
      this.#setting.dead?.take(message.body);
      return;
    }
    const waitMs = fate.strikes('a message is late') ? fate.random(60_000) : fate.delayMs();
    timeline.in(delayMs + waitMs, `${message.id} can be seen`, () => {
      this.#waiting.push(message);
      this.#deliverSoon();
    });
  }

  #deliverSoon(): void {
    if (this.#isAwaited || this.#waiting.length === 0 || this.#consumers === CONSUMERS_MAX) return;
    const { timeline, fate } = this.#world;
    this.#isAwaited = true;
    timeline.in(fate.delayMs(), `${this.#setting.name} delivers`, () => {
      this.#isAwaited = false;
      this.#deliver();
      this.#deliverSoon();
    });
  }

  #deliver(): void {
    const { fate } = this.#world;
    const count = 1 + fate.random(Math.min(this.#waiting.length, this.#setting.batchSizeMax));
    const mixed = fate.shuffled(this.#waiting);
    this.#waiting = mixed.slice(count);
    const taken = mixed.slice(0, count);
    const consumer = new Process('consumer', `a consumer of ${this.#setting.name}`);
    const ends = new Map<Waiting, number | 'ack'>();
    const messages = taken.map((message) => ({
      id: message.id,
      body: message.body,
      attempts: message.attempts + 1,
      timestamp: new Date(this.#world.timeline.wallMs),
      ack: () => ends.set(message, 'ack'),
      retry: ({ delaySeconds = 0 }: { delaySeconds?: number } = {}) => {
        this.onRetry?.(message.body);
        ends.set(message, delaySeconds * 1_000);
      },
    }));
    this.#consumers++;
    let hasEnded = false;
    /** The result of a killed consumer is ignored. */
    const end = (outcome: (message: Waiting) => number | 'ack') => {
      if (hasEnded) return;
      hasEnded = true;
      this.#consumers--;
      for (const message of taken) this.#settle(message, outcome(message));
      this.#deliverSoon();
    };
    const done = consumer.onDeath(() => end(() => INVISIBLE_MS));
    const batch = { queue: this.#setting.name, messages } as unknown as MessageBatch<unknown>;
    void this.#setting
      .consume(consumer, batch)
      .then(
        () => end((message) => ends.get(message) ?? 'ack'),
        () => end((message) => ends.get(message) ?? 0),
      )
      .finally(done);
  }

  #settle(message: Waiting, outcome: number | 'ack'): void {
    const again = { ...message, attempts: message.attempts + 1 };
    if (outcome !== 'ack') this.#put(again, outcome);
    else if (this.#world.fate.strikes('an acknowledgement is lost')) {
      this.#put(message, INVISIBLE_MS);
    } else this.#sentAtMs.delete(message.id);
  }
}
