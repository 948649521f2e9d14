/**
 * The queue as it may behave in production, where the local one is a well-behaved FIFO: it shuffles, repeats, delays
 * and loses messages, has several consumers at once, forgets acknowledgements, and gives up after some retries.
 */
import { createExecutionContext, createMessageBatch, getQueueResult } from 'cloudflare:test';
import { expect } from 'vitest';
import { relayMessage } from '../../../core/protocol/relay-message.ts';
import type { deployment } from './deployment.ts';
import { keptMessages, rowsOf } from './harness.ts';

type Deployment = ReturnType<typeof deployment>;

interface Waiting {
  readonly body: string;
  attempts: number;
}

/** Fewer than wrangler.toml has, so that short histories get there too. */
const ATTEMPTS_MAX = 3;

/** More rounds than it takes to get anything through that is not stuck. */
const RETRY_AFTER_MS = 500;
const ROUNDS_MAX = 10;

export class UnrulyQueue {
  readonly #isOurs: (message: string) => boolean;
  readonly #sent: string[] = [];
  #waiting: Waiting[] = [];
  #dead: Waiting[] = [];

  /** The objects of earlier tests still send reminders: their messages are not ours. */
  constructor(isOurs: (message: string) => boolean) {
    this.#isOurs = isOurs;
  }

  /** Everything that was ever sent. */
  get sent(): readonly string[] {
    return this.#sent;
  }

  /** Takes what the objects have sent meanwhile. */
  gather(): void {
    const bodies = keptMessages().filter(this.#isOurs);
    this.#sent.push(...bodies);
    this.#waiting.push(...bodies.map((body) => ({ body, attempts: 1 })));
  }

  /** Some of the waiting messages as one batch; the same one may be picked twice. */
  async deliver(
    consumer: Deployment,
    { picks, forgetsAcks }: { readonly picks: readonly number[]; readonly forgetsAcks: boolean },
  ): Promise<void> {
    const picked = this.#picked(picks);
    const acked = await consume(consumer, 'events', picked);
    await expectArrived(acked);
    if (!forgetsAcks) this.#waiting = this.#waiting.filter((one) => !acked.has(one));
    for (const one of new Set(picked)) if (!acked.has(one)) one.attempts++;
    const givenUp = this.#waiting.filter(({ attempts }) => attempts > ATTEMPTS_MAX);
    this.#waiting = this.#waiting.filter((one) => !givenUp.includes(one));
    this.#dead.push(...givenUp);
  }

  /** Messages that it gave up on go to the other queue, until that is consumed. */
  async bury(consumer: Deployment): Promise<void> {
    const acked = await consume(consumer, 'events-dead', this.#dead);
    this.#dead = this.#dead.filter((one) => !acked.has(one));
  }

  lose(picks: readonly number[]): void {
    const lost = new Set(this.#picked(picks));
    this.#waiting = this.#waiting.filter((one) => !lost.has(one));
  }

  /** Delivers until nothing waits. */
  async drain(consumer: Deployment): Promise<void> {
    for (let round = 0; this.#waiting.length > 0; round++) {
      if (round === ROUNDS_MAX) throw new Error(`${this.#waiting.length} messages are not taken.`);
      const acked = await consume(consumer, 'events', this.#waiting);
      this.#waiting = this.#waiting.filter((one) => !acked.has(one));
      this.gather();
      // A build that died may have left its door closed: the consumer asks for a retry in a second.
      if (acked.size === 0) await scheduler.wait(RETRY_AFTER_MS);
    }
    await this.bury(consumer);
  }

  #picked(picks: readonly number[]): Waiting[] {
    return picks.flatMap((pick) => this.#waiting[pick % this.#waiting.length] ?? []);
  }
}

/**
 * An acknowledged message is never delivered again, so its events have to be in the journal. Reads D1 itself, without
 * faults.
 */
async function expectArrived(acked: ReadonlySet<Waiting>): Promise<void> {
  const rows = await rowsOf<{ stream: string; version: number }>(
    "SELECT stream, version FROM checkpoint WHERE projection = ''",
  );
  const arrived = new Map(rows.map(({ stream, version }) => [stream, version]));
  for (const { body } of acked) {
    const { stream, version } = relayMessage.parse(JSON.parse(body));
    expect(arrived.get(stream)).toBeGreaterThanOrEqual(version);
  }
}

let deliveries = 0;

/** The messages that the consumer acknowledged. */
async function consume(
  { worker, env }: Deployment,
  queue: string,
  picked: readonly Waiting[],
): Promise<Set<Waiting>> {
  const messages = picked.map(({ body, attempts }) => ({
    id: `u${++deliveries}`,
    timestamp: new Date(),
    attempts,
    body,
  }));
  const batch = createMessageBatch<unknown>(queue, messages);
  await worker.queue(batch, env);
  const { explicitAcks } = await getQueueResult(batch, createExecutionContext());
  return new Set(picked.filter((_, index) => explicitAcks.includes(messages[index]?.id ?? '')));
}
