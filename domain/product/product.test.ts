import { type EventOf, emptyMap, mapOf, type ReasonOf } from 'ledge';
import { given } from 'ledge/testing';
import { describe, expect, test } from 'vitest';
import { product } from './product.ts';

const chai = { name: 'Chai', priceCents: 1_800 };
const order = 'o-1';
const [five, three] = [{ quantity: 5 }, { quantity: 3 }];

const registered = { type: 'ProductRegistered', data: chai } as const;
const received = { type: 'StockReceived', data: five } as const;
const reserved = { type: 'StockReserved', data: { order, ...three } } as const;
const released = { type: 'StockReleased', data: { order, ...three } } as const;
const shipped = { type: 'StockShipped', data: { order, ...three } } as const;

const stocked = {
  status: 'registered',
  ...chai,
  onHand: 0,
  reserved: 0,
  reservations: emptyMap<number>(),
  releasedEarly: emptyMap<true>(),
  settled: emptyMap<'released' | 'shipped'>(),
  settledBefore: emptyMap<'released' | 'shipped'>(),
} as const;

/** What a release leaves behind that comes before its reservation. */
const tombstone = { type: 'StockReleased', data: { order, quantity: 0 } } as const;

/** By what became of the order's claim. */
const histories = {
  unregistered: [],
  unclaimed: [registered, received],
  reserved: [registered, received, reserved],
  released: [registered, received, reserved, released],
  'released early': [registered, received, tombstone],
  shipped: [registered, received, reserved, shipped],
};

const commands = {
  RegisterProduct: chai,
  ReceiveStock: five,
  ReserveStock: { order, ...three },
  ReleaseStock: { order },
  ShipStock: { order },
};

type State = keyof typeof histories;
type Command = keyof typeof commands;

/** Events, or why not. */
type Answer =
  | readonly EventOf<typeof product.events>[]
  | ReasonOf<(typeof product.decide)[Command]>;

const answers: { readonly [S in State]: { readonly [C in Command]: Answer } } = {
  unregistered: {
    RegisterProduct: [registered],
    ReceiveStock: 'not-registered',
    ReserveStock: 'not-registered',
    ReleaseStock: 'not-registered',
    ShipStock: 'not-registered',
  },
  unclaimed: {
    RegisterProduct: [],
    ReceiveStock: [received],
    ReserveStock: [reserved],
    ReleaseStock: [tombstone],
    ShipStock: 'not-reserved',
  },
  reserved: {
    RegisterProduct: [],
    ReceiveStock: [received],
    ReserveStock: [],
    ReleaseStock: [released],
    ShipStock: [shipped],
  },
  released: {
    RegisterProduct: [],
    ReceiveStock: [received],
    ReserveStock: 'reservation-released',
    ReleaseStock: [],
    ShipStock: 'not-reserved',
  },
  'released early': {
    RegisterProduct: [],
    ReceiveStock: [received],
    ReserveStock: 'reservation-released',
    ReleaseStock: [],
    ShipStock: 'not-reserved',
  },
  shipped: {
    RegisterProduct: [],
    ReceiveStock: [received],
    ReserveStock: [],
    ReleaseStock: 'already-shipped',
    ShipStock: [],
  },
};

const states: State[] = [
  'unregistered',
  'unclaimed',
  'reserved',
  'released',
  'released early',
  'shipped',
];
const names: Command[] = [
  'RegisterProduct',
  'ReceiveStock',
  'ReserveStock',
  'ReleaseStock',
  'ShipStock',
];

describe.each(states)('a product whose stock is %s', (state) => {
  test.each(names)('answers %s', (command) => {
    const decided = given(product, histories[state]).when(command, commands[command]);
    const answer = answers[state][command];
    if (typeof answer === 'string') decided.thenRejected(answer);
    else decided.then(answer);
  });
});

test('the same command again decides nothing, but for stock that is received again', () => {
  const stocked = given(product).when('RegisterProduct', chai).when('ReceiveStock', five);
  given(product).when('RegisterProduct', chai).when('RegisterProduct', chai).thenNothing();
  const { ReserveStock, ReleaseStock, ShipStock } = commands;
  const claimed = stocked.when('ReserveStock', ReserveStock);
  claimed.when('ReserveStock', ReserveStock).thenNothing();
  claimed.when('ReleaseStock', ReleaseStock).when('ReleaseStock', ReleaseStock).thenNothing();
  claimed.when('ShipStock', ShipStock).when('ShipStock', ShipStock).thenNothing();
  stocked.when('ReceiveStock', five).then([received]);
});

test('another product cannot be registered under the same id', () => {
  given(product, [registered])
    .when('RegisterProduct', { ...chai, priceCents: 1 })
    .thenRejected('already-registered', { name: 'Chai' });
});

describe('reserved stock cannot be reserved again', () => {
  test('the last piece can be reserved, the next one not', () => {
    given(product, histories.reserved)
      .when('ReserveStock', { order: 'o-2', quantity: 2 })
      .then([{ type: 'StockReserved', data: { order: 'o-2', quantity: 2 } }]);
    given(product, histories.reserved)
      .when('ReserveStock', { order: 'o-2', quantity: 3 })
      .thenRejected('out-of-stock', { available: 2, requested: 3 });
  });

  test('released stock can be reserved by another order', () => {
    given(product, histories.released)
      .when('ReserveStock', { order: 'o-2', quantity: 5 })
      .then([{ type: 'StockReserved', data: { order: 'o-2', quantity: 5 } }]);
  });

  test('shipped stock cannot be reserved', () => {
    given(product, histories.shipped)
      .when('ReserveStock', { order: 'o-2', quantity: 3 })
      .thenRejected('out-of-stock', { available: 2, requested: 3 });
  });

  test('nothing is there before stock is received', () => {
    given(product, [registered])
      .when('ReserveStock', { order, quantity: 1 })
      .thenRejected('out-of-stock', { available: 0, requested: 1 });
  });

  test('a second reservation of an order does not change the first, with any quantity', () => {
    given(product, histories.reserved).when('ReserveStock', { order, quantity: 100 }).thenNothing();
  });
});

test('a release that overtakes its reservation takes nothing from the stock, and the late reservation is refused', () => {
  const early = given(product, histories.unclaimed).when('ReleaseStock', { order });
  early.thenState({ ...stocked, onHand: 5, releasedEarly: mapOf([[order, true]]) });
  early.when('ReserveStock', { order, quantity: 1 }).thenRejected('reservation-released');
});

test('the stock counts received, reserved and shipped pieces', () => {
  given(product, [registered]).thenState(stocked);
  const reservations = mapOf([[order, 3]]);
  given(product, histories.reserved).thenState({
    ...stocked,
    onHand: 5,
    reserved: 3,
    reservations,
  });
  const settled = (how: 'released' | 'shipped') => mapOf([[order, how]]);
  const released = { ...stocked, onHand: 5, settled: settled('released') };
  given(product, histories.released).thenState(released);
  const shipped = { ...stocked, onHand: 2, settled: settled('shipped') };
  given(product, histories.shipped).thenState(shipped);
});

describe('D10 of settled reservations', () => {
  type Story = ReturnType<typeof stockedFor>;
  const stockedFor = (orders: number) =>
    given(product, [
      registered,
      { type: 'StockReceived', data: { quantity: 1_000_000 } },
      ...Array.from({ length: orders }, (_, index) => orderly(`o-${index}`)).flat(),
    ]);
  const orderly = (order: string) =>
    [
      { type: 'StockReserved', data: { order, quantity: 1 } },
      { type: 'StockShipped', data: { order, quantity: 1 } },
    ] as const;
  const repeats = (story: Story, order: string) => {
    story.when('ReserveStock', { order, quantity: 1 }).thenNothing();
    story.when('ShipStock', { order }).thenNothing();
    story.when('ReleaseStock', { order }).thenRejected('already-shipped');
  };

  test('the newest thousand are remembered, and what came before leaves the state', () => {
    for (const orders of [999, 1_000, 2_500]) {
      const story = stockedFor(orders);
      for (const index of [orders - 1, orders - 999]) repeats(story, `o-${index}`);
    }
    const late = stockedFor(2_500).when('ReserveStock', { order: 'o-1', quantity: 1 });
    late.then([{ type: 'StockReserved', data: { order: 'o-1', quantity: 1 } }]);
  });

  test('a release that came early is remembered however many follow', () => {
    const early = given(product, [
      ...histories['released early'],
      ...Array.from({ length: 2_500 }, (_, index) => orderly(`o-x${index}`)).flat(),
    ]);
    early.when('ReserveStock', { order, quantity: 1 }).thenRejected('reservation-released');
  });
});

describe.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])(
  'an order called %s',
  (odd) => {
    const reservedByOdd = { type: 'StockReserved', data: { order: odd, quantity: 3 } } as const;

    test('has no claim until it reserves', () => {
      given(product, histories.unclaimed)
        .when('ShipStock', { order: odd })
        .thenRejected('not-reserved');
      given(product, histories.unclaimed)
        .when('ReserveStock', { order: odd, quantity: 3 })
        .then([reservedByOdd]);
    });

    test('has its claim then, among others', () => {
      const claimed = given(product, [...histories.unclaimed, reservedByOdd]);
      claimed.when('ReserveStock', { order: odd, quantity: 3 }).thenNothing();
      claimed
        .when('ReserveStock', { order, quantity: 1 })
        .when('ShipStock', { order: odd })
        .then([{ type: 'StockShipped', data: { order: odd, quantity: 3 } }]);
      claimed
        .when('ReleaseStock', { order: odd })
        .when('ReserveStock', { order: odd, quantity: 1 })
        .thenRejected('reservation-released');
    });
  },
);

test('a command for no piece, or for half a piece, is refused', () => {
  const stocked = given(product, histories.unclaimed);
  for (const quantity of [0, -1, 0.5, 1_000_001]) {
    expect(() => stocked.when('ReceiveStock', { quantity })).toThrow('quantity');
    expect(() => stocked.when('ReserveStock', { order, quantity })).toThrow('quantity');
  }
});
