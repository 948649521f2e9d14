/** What the writers of the crash tests want: a little of everything, much of it of the same few streams. */
import type { Wish } from './client.ts';

const PRODUCTS = 8;
const CUSTOMERS = ['ANATR', 'BERGS', 'CHOPS'];
const BATCH_MAX = 10;

/** A writer's next commands: mostly one, now and then a batch. */
export function orderBook(writer: number): () => Wish[] {
  let orders = 0;
  const wish = (): Wish => {
    const id = `${writer}-${orders}`;
    switch (random(10)) {
      case 0:
        return ofProduct('RegisterProduct', { name: 'Chai', priceCents: 1_800 });
      case 1:
      case 2:
        return ofProduct('ReceiveStock', { quantity: 1 + random(9) });
      case 3:
      case 4:
        return ofProduct('ReserveStock', { order: id, quantity: 1 });
      case 5:
        return ofProduct('ShipStock', { order: id });
      case 6:
        return { aggregate: 'order', id, command: 'ConfirmOrder', data: {} };
      case 7:
        return { aggregate: 'order', id, command: 'CancelOrder', data: { reason: 'late' } };
      default:
        orders++;
        return {
          aggregate: 'order',
          id: `${writer}-${orders}`,
          command: 'PlaceOrder',
          data: placed(),
        };
    }
  };
  return () => Array.from({ length: random(4) === 0 ? 2 + random(BATCH_MAX) : 1 }, wish);
}

function ofProduct(command: string, data: object): Wish {
  return { aggregate: 'product', id: `p-${random(PRODUCTS)}`, command, data };
}

function placed(): object {
  const line = { product: 'chai', quantity: 1 + random(5), unitCents: 1_800, discountBp: 500 };
  const customer = CUSTOMERS[random(CUSTOMERS.length)];
  // By phone: what comes by the web would be fulfilled, and events would follow that nobody here has asked for.
  return { customer, country: 'Germany', channel: 'phone', lines: [line] };
}

export function random(below: number): number {
  return Math.floor(Math.random() * below);
}
