/**
 * A queue in its order, with the platform's limits: sends beyond 5,000 a second are refused; a consumer gets a batch at
 * a time, and while there is a backlog the platform adds consumers, up to `max_concurrency`. The simulator's queue has
 * no limits and all faults.
 */
import { ask, Process, type World } from '../simulator/process.ts';
import type { Counting } from './counts.ts';
import { assumed, limits } from './setting.ts';

export interface ModelQueueSetting {
  readonly name: string;
  readonly consumersMax: number;
  readonly batchMax: number;
  /** Whether it answers `metrics()`. */
  readonly hasMetrics: boolean;
  readonly consume: (consumer: Process, batch: MessageBatch<unknown>) => Promise<void>;
  /** Each message that a producer sends, refused ones too. */
  readonly onSend?: (body: string) => void;
  /** Each message that was acknowledged, by an invocation that began then. */
  readonly onAck?: (body: string, consumer: Process, begunMs: number) => void;
  readonly dead?: ModelQueue;
}

interface Waiting {
  readonly id: string;
  readonly body: string;
  readonly attempts: number;
}

const LACKS_METRICS = 'metrics is not a function';

/** What became of a message: seconds until it is retried. */
type End = 'ack' | number;

export class ModelQueue {
  readonly #world: World;
  readonly #counting: Counting;
  readonly #setting: ModelQueueSetting;
  #waiting: Waiting[] = [];
  /** By id, when it was sent: every message that is not acknowledged, the oldest one first. */
  readonly #sentAtMs = new Map<string, number>();
  #messages = 0;
  #allowed = 1;
  #busy = 0;
  /** Isolates, each of which knows what it has found out in earlier invocations. */
  readonly #idle: Process[] = [];
  #isDue = false;
  /** The second of the newest send, and the sends in it. */
  #second = { number: -1, sends: 0 };

  constructor(world: World, counting: Counting, setting: ModelQueueSetting) {
    this.#world = world;
    this.#counting = counting;
    this.#setting = setting;
  }

  get backlog(): number {
    return this.#waiting.length;
  }

  /** The binding, as a process sees it. */
  seenBy(process: Process): Pick<Queue<string>, 'send' | 'metrics'> {
    const call = <Answer>(serve: () => Answer) =>
      ask(this.#world, process, {
        ...{ what: `queue ${this.#setting.name}`, serve },
        lost: () => new Error('The queue is not there.'),
      });
    const binding = {
      send: (body: string) => call(() => this.#take(body)),
      metrics: () => call(() => this.#metrics()),
    };
    return binding as unknown as Pick<Queue<string>, 'send' | 'metrics'>;
  }

  /** @throws where it lacks them */
  #metrics(): QueueMetrics {
    if (!this.#setting.hasMetrics) throw new TypeError(LACKS_METRICS);
    this.#counting.now.queueReads++;
    const [oldestMs] = this.#sentAtMs.values();
    return {
      backlogCount: this.#sentAtMs.size,
      backlogBytes: 0,
      ...(oldestMs !== undefined && { oldestMessageTimestamp: new Date(oldestMs) }),
    };
  }

  /** @throws what the platform answers beyond its limit */
  #take(body: string): void {
    const { now } = this.#counting;
    this.#setting.onSend?.(body);
    if (this.#isFull()) {
      now.messagesRefused++;
      throw new Error('Too Many Requests (10250)');
    }
    now.messages++;
    this.put(body);
  }

  put(body: string): void {
    const id = `${this.#setting.name}-${++this.#messages}`;
    this.#sentAtMs.set(id, this.#world.timeline.wallMs);
    this.#wait({ id, body, attempts: 0 });
  }

  #wait(message: Waiting): void {
    this.#waiting.push(message);
    this.#deliverSoon();
  }

  #isFull(): boolean {
    const number = Math.floor(this.#world.timeline.nowMs / 1_000);
    if (number !== this.#second.number) this.#second = { number, sends: 0 };
    return ++this.#second.sends > limits.queueMessagesPerSecond;
  }

  #deliverSoon(): void {
    if (this.#isDue || this.#waiting.length === 0 || this.#busy >= this.#allowed) return;
    this.#isDue = true;
    this.#world.timeline.in(assumed.deliveryMs, `${this.#setting.name} delivers`, () => {
      this.#isDue = false;
      void this.#deliver();
      this.#deliverSoon();
    });
  }

  async #deliver(): Promise<void> {
    const taken = this.#waiting.slice(0, this.#setting.batchMax);
    this.#waiting = this.#waiting.slice(taken.length);
    this.#busy++;
    this.#counting.now.deliveries++;
    const { name } = this.#setting;
    const consumer = this.#idle.pop() ?? new Process('consumer', `a consumer of ${name}`);
    const hasFailed = await this.#consume(consumer, taken);
    this.#idle.push(consumer);
    this.#busy--;
    this.#scale(hasFailed);
    this.#deliverSoon();
  }

  /** Returns whether the invocation has thrown, which retries all of its messages. */
  async #consume(consumer: Process, taken: readonly Waiting[]): Promise<boolean> {
    const ends = new Map<Waiting, End>();
    const begunMs = this.#world.timeline.nowMs;
    const processorMs = taken.length * assumed.consumerMessageMs;
    await this.#world.timeline.sleep(processorMs, `${consumer.name} computes`);
    const batch = {
      queue: this.#setting.name,
      messages: taken.map((message) =>
        this.#messageOf(message, ends, () =>
          this.#setting.onAck?.(message.body, consumer, begunMs),
        ),
      ),
    };
    const hasFailed = await this.#setting
      .consume(consumer, batch as unknown as MessageBatch<unknown>)
      .then(
        () => false,
        () => true,
      );
    for (const message of taken)
      this.#settle(message, ends.get(message) ?? (hasFailed ? 0 : 'ack'));
    return hasFailed;
  }

  #messageOf(message: Waiting, ends: Map<Waiting, End>, onAck: () => void) {
    return {
      id: message.id,
      body: message.body,
      attempts: message.attempts + 1,
      timestamp: new Date(this.#world.timeline.wallMs),
      ack: () => {
        ends.set(message, 'ack');
        onAck();
      },
      retry: ({ delaySeconds = 0 }: { delaySeconds?: number } = {}) =>
        ends.set(message, delaySeconds),
    };
  }

  #settle(message: Waiting, end: End): void {
    const { now } = this.#counting;
    const { id, body, attempts } = message;
    const isDead = end !== 'ack' && attempts >= limits.queueRetries;
    if (end === 'ack' || isDead) this.#sentAtMs.delete(id);
    if (isDead) {
      now.dead++;
      this.#setting.dead?.put(body);
    }
    if (end === 'ack' || isDead) return;
    now.retries++;
    const again = () => this.#wait({ ...message, attempts: attempts + 1 });
    this.#world.timeline.in(end * 1_000, `a message of ${this.#setting.name} again`, again);
  }

  /** The platform decides after a batch: by the backlog, and down where the consumer fails. */
  #scale(hasFailed: boolean): void {
    const { consumersMax, batchMax } = this.#setting;
    const wanted = this.#allowed + (this.#waiting.length >= batchMax && !hasFailed ? 1 : 0);
    const isIdle = hasFailed || this.#waiting.length === 0;
    this.#allowed = Math.max(1, Math.min(consumersMax, isIdle ? wanted - 1 : wanted));
  }
}
