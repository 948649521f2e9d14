/** What is wanted in a soak: stock for a few products very often and for most of them seldom, and orders. */

import { commandTo } from '../../test/chaos/order-book.ts';
import { oneOf, type Random } from '../../test/chaos/random.ts';
import type { Command } from '../../test/checker/history.ts';
import { zipf } from './zipf.ts';

export const PRODUCTS = 1_000;
const ZIPF_EXPONENT = 1.1;
const CUSTOMERS = ['ANATR', 'BERGS', 'CHOPS'];

/** Three of four commands have a key. */
const KEYED_OF_4 = 3;

export class SoakCommands {
  readonly #random: Random;
  readonly #product: () => number;
  #orders = 0;
  #keys = 0;

  constructor(random: Random) {
    this.#random = random;
    this.#product = zipf(random, PRODUCTS, ZIPF_EXPONENT);
  }

  product(): string {
    return `p-${this.#product()}`;
  }

  registrations(): Command[] {
    return Array.from({ length: PRODUCTS }, (_, number) =>
      commandTo(`product/p-${number}`, 'RegisterProduct', { name: 'Chai', priceCents: 1_800 }),
    );
  }

  receipt(): Command {
    const receive = { quantity: 1 + this.#random(9) };
    return this.#keyed(commandTo(`product/${this.product()}`, 'ReceiveStock', receive));
  }

  /** What the schema refuses. */
  invalid(): Command {
    return commandTo(`product/${this.product()}`, 'ReceiveStock', { quantity: 0 });
  }

  /** By the web it is fulfilled by a saga. */
  order(channel: 'web' | 'phone'): Command {
    const id = `${channel}-${++this.#orders}`;
    const quantity = 1 + this.#random(3);
    const line = { product: this.product(), quantity, unitCents: 1_800, discountBp: 500 };
    const customer = oneOf(this.#random, CUSTOMERS);
    const placed = { customer, country: 'Germany', channel, lines: [line] };
    return this.always(commandTo(`order/${id}`, 'PlaceOrder', placed));
  }

  payment(order: string): Command {
    const stream = order.replace('order/', 'payment/');
    return this.#random(5) === 0
      ? commandTo(stream, 'DeclinePayment', { reason: 'no money' })
      : commandTo(stream, 'CapturePayment', {});
  }

  /** With a key of its own. */
  always(wanted: Command): Command {
    return { ...wanted, key: `k-${++this.#keys}` };
  }

  #keyed(wanted: Command): Command {
    return this.#random(4) < KEYED_OF_4 ? this.always(wanted) : wanted;
  }
}
