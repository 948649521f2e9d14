/**
 * Consumes a group: receives as many messages as it may work on, a lane for each stream, extends the leases of what is in
 * work, and says what became of each message.
 */
import type { ServerAccess } from '../ask.ts';
import { LedgeProblem } from '../problem.ts';
import { isTransient } from '../retry.ts';
import { Acknowledgements } from './acknowledgements.ts';
import type { ConsumeOptions, Message } from './consumer-types.ts';
import { type GroupRequests, groupRequests, type ReceivedMessage } from './group-requests.ts';

/** Ours: shorter than an attempt of the client lasts. */
const WAIT_SECONDS = 10;

/** Ours: after a request that no retry has brought through. */
const PAUSE_MS = 1_000;

const CONCURRENCY_DEFAULT = 10;
const LEASE_SECONDS_DEFAULT = 30;

type Handle = (message: Message) => Promise<void> | void;

interface Leased extends ReceivedMessage {
  readonly lost: AbortController;
}

export async function consumeGroup(
  server: ServerAccess,
  group: string,
  handle: Handle,
  options: ConsumeOptions,
): Promise<void> {
  const { signal, concurrency = CONCURRENCY_DEFAULT } = options;
  const consumption = new Consumption(groupRequests(server, group), handle, options);
  const stopped = signal ?? new AbortController().signal;
  while (!stopped.aborted) {
    const free = concurrency - consumption.lanes;
    if (free <= 0) {
      await consumption.laneEnded();
      continue;
    }
    try {
      await consumption.receive(free, stopped);
    } catch (error) {
      if (stopped.aborted) break;
      if (isFinal(error)) {
        await consumption.ended();
        throw error;
      }
      options.onError?.(error);
      await server.pause(PAUSE_MS, stopped, false).catch(() => undefined);
    }
  }
  await consumption.ended();
}

/** What the server refuses will be refused again. */
function isFinal(error: unknown): boolean {
  if (!(error instanceof LedgeProblem)) return true;
  const { kind, status } = error.problem;
  return kind !== 'unreachable' && !isTransient(status);
}

class Consumption {
  readonly #requests: GroupRequests;
  readonly #handle: Handle;
  readonly #options: ConsumeOptions;
  readonly #acknowledgements: Acknowledgements;
  readonly #lanes = new Set<Promise<void>>();
  #laneEnd = Promise.withResolvers<void>();

  constructor(requests: GroupRequests, handle: Handle, options: ConsumeOptions) {
    this.#requests = requests;
    this.#handle = handle;
    this.#options = options;
    this.#acknowledgements = new Acknowledgements((receipts) => requests.ack(receipts));
  }

  get lanes(): number {
    return this.#lanes.size;
  }

  /** One of those that are at work. */
  laneEnded(): Promise<void> {
    return this.#laneEnd.promise;
  }

  async ended(): Promise<void> {
    await Promise.all(this.#lanes);
  }

  async receive(max: number, stopped: AbortSignal): Promise<void> {
    const input = { max, leaseSeconds: this.#leaseSeconds, wait: WAIT_SECONDS };
    const messages = await this.#requests.receive(input, stopped);
    if (messages.length === 0) return;
    const leased = messages.map((message) => ({ ...message, lost: new AbortController() }));
    const open = new Set<Leased>(leased);
    const extending = setInterval(() => this.#extend([...open]), this.#leaseSeconds * 300);
    const lanes = [...Map.groupBy(leased, ({ event }) => event.subject).values()].map((own) =>
      this.#work(own, open, stopped),
    );
    for (const lane of lanes) {
      const tracked: Promise<void> = lane.finally(() => {
        this.#lanes.delete(tracked);
        this.#laneEnd.resolve();
        this.#laneEnd = Promise.withResolvers();
      });
      this.#lanes.add(tracked);
    }
    void Promise.all(lanes).finally(() => clearInterval(extending));
  }

  get #leaseSeconds(): number {
    return this.#options.leaseSeconds ?? LEASE_SECONDS_DEFAULT;
  }

  /** The messages of one stream. Never rejects. */
  async #work(own: readonly Leased[], open: Set<Leased>, stopped: AbortSignal): Promise<void> {
    for (const leased of own) {
      if (stopped.aborted) {
        await this.#try(() => this.#requests.nack([leased.receipt], { fate: 'release' }));
        break;
      }
      if (!(await this.#isDone(leased))) break;
      open.delete(leased);
    }
    for (const leased of own) open.delete(leased);
  }

  async #isDone(leased: Leased): Promise<boolean> {
    const { event, attempt, receipt, lost } = leased;
    const message = { event, attempt, signal: lost.signal };
    try {
      await this.#handle(message);
    } catch (error) {
      this.#options.onError?.(error, message);
      // Its name alone: a message may quote what is personal.
      const reason = error instanceof Error ? error.name : 'failed';
      const { retryAfterSeconds: afterSeconds } = this.#options;
      await this.#try(() => this.#requests.nack([receipt], { reason, afterSeconds }));
      return false;
    }
    const result = await this.#try(() => this.#acknowledgements.acknowledge(receipt));
    return result === 'acknowledged' || result === 'repeated';
  }

  /** Each receipt extends the lease of all; those whose lease is lost are known by their own answers. */
  async #extend(open: readonly Leased[]): Promise<void> {
    const receipts = open.map(({ receipt }) => receipt);
    const results = await this.#try(() => this.#requests.extend(receipts, this.#leaseSeconds));
    for (const [index, { lost }] of open.entries())
      if (results?.[index] === 'ended')
        lost.abort(new Error('The lease of the message has ended.'));
  }

  /** What does not come through ends with the lease: the message comes again. */
  async #try<Result>(request: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await request();
    } catch (error) {
      this.#options.onError?.(error);
      return undefined;
    }
  }
}
