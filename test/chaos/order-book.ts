/** The commands of writers: of all kinds, many of them to the same few products. */
import type { Command } from '../checker/history.ts';
import type { Board } from './board.ts';
import { oneOf, type Random } from './random.ts';

export const PRODUCTS = 8;
const CUSTOMERS = ['ANATR', 'BERGS', 'CHOPS'];

export class OrderBook {
  readonly #writer: string;
  readonly #random: Random;
  readonly #board: Board;
  readonly #webEvery: number;
  #orders = 0;
  #keys = 0;

  /** One order of so many comes by the web, and is fulfilled by a saga. */
  constructor(writer: string, random: Random, board: Board, webEvery: number) {
    this.#writer = writer;
    this.#random = random;
    this.#board = board;
    this.#webEvery = webEvery;
  }

  /** Three of four have a key, and one of ten expects the version that was answered last. */
  next(): Command {
    const command = this.#command();
    return {
      ...command,
      ...(this.#random(4) > 0 && { key: `${this.#writer}-${++this.#keys}` }),
      ...(this.#random(10) === 0 && { expectedVersion: this.#board.versionOf(command.stream) }),
    };
  }

  #command(): Command {
    const order = `${this.#writer}-${this.#orders}`;
    switch (this.#random(10)) {
      case 0:
        return this.#ofProduct('RegisterProduct', { name: 'Chai', priceCents: 1_800 });
      case 1:
      case 2:
        return this.#ofProduct('ReceiveStock', { quantity: 1 + this.#random(9) });
      case 3:
      case 4:
        return this.#ofProduct('ReserveStock', { order, quantity: 1 });
      case 5:
        return this.#ofProduct('ShipStock', { order });
      case 6:
        return commandTo(`order/${order}`, 'ConfirmOrder', {});
      case 7:
        return commandTo(`order/${order}`, 'CancelOrder', { reason: 'late' });
      default:
        this.#orders++;
        return this.#orders % this.#webEvery === 0 ? this.#webOrder() : this.#phoneOrder();
    }
  }

  #ofProduct(command: string, data: object): Command {
    return commandTo(`product/p-${this.#random(PRODUCTS)}`, command, data);
  }

  /** Only the saga uses the order's stock, because no other client has its id. */
  #webOrder(): Command {
    const id = `web-${this.#writer}-${this.#orders}`;
    this.#board.webOrders.push(id);
    return commandTo(`order/${id}`, 'PlaceOrder', this.#order('web'));
  }

  #phoneOrder(): Command {
    return commandTo(`order/${this.#writer}-${this.#orders}`, 'PlaceOrder', this.#order('phone'));
  }

  #order(channel: string): object {
    const product = `p-${this.#random(PRODUCTS)}`;
    const line = { product, quantity: 1 + this.#random(3), unitCents: 1_800, discountBp: 500 };
    const customer = oneOf(this.#random, CUSTOMERS);
    return { customer, country: 'Germany', channel, lines: [line] };
  }
}

export function commandTo(stream: string, command: string, data: object): Command {
  return { kind: 'command', stream, command, data };
}
