/**
 * Many orders over few products, and everything that can go wrong with them: customers, payments, a hand in the shelf,
 * messages, memory, D1. What can happen is here; what has to be true in the end is in the test.
 */
import { faults } from './faults.ts';
import { keptMessages } from './harness.ts';
import type { Luck } from './luck.ts';
import { forget, place, ring, shop, stock } from './shop.ts';

export const PRODUCTS = ['c-chai', 'c-chang', 'c-tofu', 'c-ikura'];
const BATCH_MAX = 25;
const CONSUMERS = 3;
const MINUTE_MS = 60_000;

/** Enough for two lines of three: the last orders find nothing left. */
export function receivedOf(orders: number): number {
  return Math.ceil(orders / 3);
}

export class CrowdedShop {
  readonly orders: readonly string[];
  readonly #luck: Luck;

  constructor(luck: Luck, orders: number) {
    this.#luck = luck;
    this.orders = Array.from({ length: orders }, (_, index) => `c-${index}`);
  }

  async open(): Promise<void> {
    for (const product of PRODUCTS) await stock(product, receivedOf(this.orders.length));
    await this.deliver();
  }

  async placeAll(): Promise<void> {
    for (const order of this.orders) {
      const ordered = PRODUCTS.filter(() => this.#luck.happens(50));
      await place(order, ...(ordered.length > 0 ? ordered : PRODUCTS));
      if (this.#luck.happens(5)) await this.deliver();
    }
    await this.deliver();
  }

  /** The actions of customers, each with their own order; refusals are ignored. The first order needs attention, whatever the luck. */
  async disturb(): Promise<void> {
    const [first = '', ...others] = this.orders;
    await this.#declineShipped(first);
    for (const order of this.#luck.shuffled(others)) {
      if (this.#luck.happens(60)) await this.#post(`payment/${order}/CapturePayment`);
      else if (this.#luck.happens(55)) await this.#decline(order);
      if (this.#luck.happens(15)) await this.#cancel(order);
      if (this.#luck.happens(10)) await forget(`fulfilment/${order}`);
      if (this.#luck.happens(5)) await this.deliver();
    }
    await this.deliver();
  }

  async #decline(order: string): Promise<void> {
    if (this.#luck.happens(25)) await this.#shipByHand(order);
    await this.#post(`payment/${order}/DeclinePayment`, { reason: 'no funds' });
  }

  /** Its messages may be lost, so its stock is reserved some minutes later. */
  async #declineShipped(order: string): Promise<void> {
    while (!(await this.#shipByHand(order))) await this.pass(1, [order]);
    await this.#post(`payment/${order}/DeclinePayment`, { reason: 'no funds' });
  }

  #cancel(order: string): ReturnType<typeof shop.post> {
    return this.#post(`order/${order}/CancelOrder`, { reason: 'changed my mind' });
  }

  /** Reserved stock is shipped without the saga, so that it can no longer be released. False where none is reserved. */
  async #shipByHand(order: string): Promise<boolean> {
    let isShipped = false;
    for (const product of PRODUCTS) {
      const { status } = await this.#post(`product/${product}/ShipStock`, { order });
      isShipped ||= status === 200;
    }
    return isShipped;
  }

  #post(path: string, data: object = {}): ReturnType<typeof shop.post> {
    return shop.post(`/v1/commands/${path}`, data);
  }

  /** Until the queue is empty: some are lost, some come twice, to several consumers at once, and D1 fails now and then. */
  async deliver(): Promise<void> {
    faults.beforeBatch = () => {
      if (this.#luck.happens(2)) throw new Error('D1_ERROR: Network connection lost.');
    };
    for (let messages = keptMessages(); messages.length > 0; messages = keptMessages()) {
      const batches = batchesOf(this.#disturbed(messages));
      for (let at = 0; at < batches.length; at += CONSUMERS) {
        const some = batches.slice(at, at + CONSUMERS);
        await Promise.all(some.map((batch) => shop.deliver(batch)));
      }
    }
    faults.beforeBatch = () => undefined;
  }

  #disturbed(messages: readonly string[]): string[] {
    const arriving = messages.flatMap((message) => {
      if (this.#luck.happens(10)) return [];
      return this.#luck.happens(20) ? [message, message] : [message];
    });
    return this.#luck.shuffled(arriving);
  }

  /** Time passes, and alarms repair losses, of these orders and of the products. */
  async pass(minutes: number, orders: readonly string[]): Promise<void> {
    faults.clockSkewMs += minutes * MINUTE_MS;
    for (const order of orders) {
      for (const type of ['order', 'payment', 'shipment', 'fulfilment']) {
        await ring(`${type}/${order}`);
      }
    }
    for (const product of PRODUCTS) await ring(`product/${product}`);
    await this.deliver();
  }
}

function batchesOf(messages: readonly string[]): string[][] {
  const count = Math.ceil(messages.length / BATCH_MAX);
  return Array.from({ length: count }, (_, batch) =>
    messages.slice(batch * BATCH_MAX, (batch + 1) * BATCH_MAX),
  );
}
