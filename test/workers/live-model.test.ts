/**
 * Live queries against anything that may happen: disconnects, sleeps, lost objects, bursts, lost and doubled messages.
 * What a client has is always the result of some moment, moments never go back, and once all is quiet it is the newest.
 */
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LiveRow } from '../../core/live/live-difference.ts';
import { deliver, get, keptMessages, send, useKeptQueue } from './support/harness.ts';
import { closeAll, type LiveClient, loseLive, openLive, sleepLive } from './support/live-client.ts';

useKeptQueue();
beforeEach(loseLive);
afterEach(closeAll);

/** The next step. `who` picks a client, `what` a product. */
type Step =
  | { readonly kind: 'connect' | 'leave' | 'return' | 'sleep' | 'lose' | 'settle' }
  | { readonly kind: 'change'; readonly burst: number; readonly redelivered: boolean };

const arbitrarySteps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('change' as const),
        burst: fc.integer({ min: 1, max: 6 }),
        redelivered: fc.boolean(),
      }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constantFrom('connect', 'leave', 'return', 'sleep', 'lose', 'settle'),
      }),
    },
  ),
  { minLength: 6, maxLength: 25 },
);

let histories = 0;

/** One history: its own products, so that its results are its own. */
class History {
  readonly #prefix = `h${++histories}-`;
  readonly #clients: LiveClient[] = [];
  readonly #gone: LiveClient[] = [];
  /** Every result that there was, and every one that a client had, as texts. */
  readonly #results = new Set(['[]']);
  readonly #had = new Set<string>();
  #registered = 0;

  async step(step: Step): Promise<void> {
    switch (step.kind) {
      case 'connect':
        return this.#follow(undefined);
      case 'leave':
        return this.#leave();
      case 'return':
        return this.#follow(this.#gone.pop());
      case 'sleep':
        return sleepLive();
      case 'lose': {
        await loseLive();
        this.#gone.push(...this.#clients.splice(0));
        return;
      }
      case 'settle':
        return this.#settle();
      case 'change':
        return this.#change(step.burst, step.redelivered);
    }
  }

  get #input() {
    return { 'product.prefix': this.#prefix, sort: '-onHand', limit: '4' };
  }

  async #follow(earlier: LiveClient | undefined): Promise<void> {
    const client = await openLive('/v1/live', this.#takes());
    if (earlier) client.goOnWith(earlier);
    const since = earlier?.seq('p') ?? '';
    client.subscribe('p', 'products', { input: this.#input, ...(since !== '' && { since }) });
    this.#clients.push(client);
  }

  async #leave(): Promise<void> {
    const client = this.#clients.shift();
    if (!client) return;
    client.close();
    this.#gone.push(client);
  }

  async #change(burst: number, isRedelivered: boolean): Promise<void> {
    for (let index = 0; index < burst; index++) await this.#changeOne();
    const messages = keptMessages();
    await deliver(messages);
    this.#results.add(await this.#newest());
    if (isRedelivered) await deliver(messages.toReversed());
  }

  async #changeOne(): Promise<void> {
    const isNew = this.#registered < 6;
    const id = `${this.#prefix}${isNew ? this.#registered++ : histories % 6}`;
    if (isNew) await send(`product/${id}`, 'RegisterProduct', { name: id, priceCents: 1 });
    await send(`product/${id}`, 'ReceiveStock', { quantity: this.#registered + 1 });
  }

  async #newest(): Promise<string> {
    const { body } = await get(`/v1/queries/products?${new URLSearchParams(this.#input)}`);
    return JSON.stringify(body.rows);
  }

  async #settle(): Promise<void> {
    const newest = await this.#newest();
    for (const client of this.#clients) {
      await client.until(
        () => client.seq('p') !== '' && JSON.stringify(client.rows('p')) === newest,
      );
    }
  }

  async quiet(): Promise<void> {
    await this.#follow(this.#gone.pop());
    await this.#settle();
    for (const client of this.#clients) client.close();
    expect([...this.#had].filter((rows) => !this.#results.has(rows))).toEqual([]);
  }

  /** What a client is sent: stocks only grow, so rows of an earlier moment would have fewer. */
  #takes(): (rows: readonly LiveRow[]) => void {
    let before = 0;
    return (rows) => {
      this.#had.add(JSON.stringify(rows.map(({ row }) => row)));
      const stock = rows.reduce((sum, { row }) => sum + Number(Object(row).onHand), 0);
      expect(stock).toBeGreaterThanOrEqual(before);
      before = stock;
    };
  }
}

test('B16 once quiet, every client has the result; before, that of some moment', async () => {
  await fc.assert(
    fc.asyncProperty(arbitrarySteps, async (steps) => {
      const history = new History();
      for (const step of steps) await history.step(step);
      await history.quiet();
    }),
    { numRuns: 25 },
  );
}, 120_000);
