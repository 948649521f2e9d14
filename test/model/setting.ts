/**
 * The limits of Cloudflare that the model has, each with its source, and what a run of it is given. What cannot be
 * measured without an account is an assumption, and says so.
 */

/** Cloudflare's documents, November 2026. */
export const limits = {
  /** Requests that wait for a D1 database; the next one is refused as overloaded. Measured by others, about a hundred. */
  databaseWaiting: 100,
  /** D1 calls at a time of one invocation. */
  databaseConnections: 6,
  /** A database is one Durable Object: about 1,000 requests/s, so no call takes less of its thread. */
  databaseCallMs: 1,
  databaseBytes: 10_000_000_000,
  queueMessagesPerSecond: 5_000,
  queueBatch: 100,
  queueRetries: 100,
} as const;

/** Ours: none of them is documented. */
export const assumed = {
  /** One way of a call between Workers, objects and queues. */
  callMs: 1,
  /** There and back. */
  databaseTripMs: 30,
  /** Of the thread for each row that a read answers: 0.7 ms for the positions of 100 streams, on a native SQLite. */
  databaseRowReadMs: 0.007,
  /** From a message, or the end of a batch, to the next batch. */
  deliveryMs: 5,
  /** A consumer's processor time for a message, on a native SQLite. */
  consumerMessageMs: 0.12,
} as const;

/** `wide`: no stream is written again within 12 s. `zipf`: of 1,000 streams, exponent 1.1. `hot`: one stream. */
export type LoadKind = 'wide' | 'zipf' | 'hot';

export interface ModelSetting {
  readonly load: LoadKind;
  readonly commandsPerSecond: number;
  /** Of simulated time, of which the first are not measured. */
  readonly seconds: number;
  readonly warmUpSeconds: number;
  /** The thread's time for a batch that writes. */
  readonly writeMs: number;
  readonly queues: number;
  /** Of several each has one tenant, whose objects are their relays. */
  readonly databases: number;
  /** `max_concurrency` of each queue. */
  readonly consumersMax: number;
  /** Whether queues answer `metrics()`; without it alarms remind as if there were no backlog. */
  readonly hasMetrics: boolean;
  /** Fewer than the platform's 100 scale the consumer's capacity down. */
  readonly batchMax: number;
  /**
   * `whole`: objects as they are deployed, with commands over HTTP. `relay`: of an aggregate's object only its relay, its
   * alarm and what it answers, without SQLite: ten thousand new objects a second fit into memory.
   */
  readonly objects: 'whole' | 'relay';
  /** Whether the run goes on after the load until everything is in D1. */
  readonly isDrained: boolean;
}

export const usual: ModelSetting = {
  load: 'wide',
  commandsPerSecond: 100,
  // A confirmation comes ten seconds after its event.
  ...{ seconds: 16, warmUpSeconds: 11 },
  ...{ writeMs: 5, queues: 1, databases: 1, consumersMax: 1, batchMax: limits.queueBatch },
  hasMetrics: true,
  ...{ objects: 'relay', isDrained: false },
};
