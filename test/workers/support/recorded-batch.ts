/** A queue's batch that records what the consumer decides of each message, and when it wants to see it again. */
let messages = 0;

export interface RecordedBatch {
  readonly batch: MessageBatch<unknown>;
  /** By message: acknowledged, or the seconds until it comes again. The first decision counts, as on the platform. */
  readonly decisions: ('ack' | number | undefined)[];
}

export function recordedBatch(bodies: readonly string[], attempts = 1): RecordedBatch {
  const decisions: RecordedBatch['decisions'] = bodies.map(() => undefined);
  const batch: MessageBatch<unknown> = {
    queue: 'events',
    metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } },
    ackAll: () => decisions.fill('ack'),
    retryAll: () => decisions.fill(0),
    messages: bodies.map((body, index) => ({
      id: `r${++messages}`,
      timestamp: new Date(),
      attempts,
      body,
      ack: () => {
        decisions[index] ??= 'ack';
      },
      retry: ({ delaySeconds = 0 } = {}) => {
        decisions[index] ??= delaySeconds;
      },
    })),
  };
  return { batch, decisions };
}
