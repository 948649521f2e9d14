import type { EventOf, ReasonOf } from 'ledge';
import { given } from 'ledge/testing';
import { describe, expect, test } from 'vitest';
import { annsCart, cancelled, confirmed, placed, shipped } from '../../test/reference/orders.ts';
import { order } from './order.ts';

const day = '2026-05-04';
const noon = { occurredAt: `${day}T12:00:00.000Z` };
const cancel = { reason: 'changed my mind' };

const histories = {
  none: [],
  placed: [placed(annsCart, day)],
  confirmed: [placed(annsCart, day), confirmed],
  shipped: [placed(annsCart, day), confirmed, shipped],
  cancelled: [placed(annsCart, day), cancelled(annsCart, day)],
};

const commands = {
  PlaceOrder: annsCart,
  ConfirmOrder: {},
  MarkShipped: {},
  CancelOrder: cancel,
};

type State = keyof typeof histories;
type Command = keyof typeof commands;

/** Events, or why not. */
type Answer = readonly EventOf<typeof order.events>[] | ReasonOf<(typeof order.decide)[Command]>;

const answers: { readonly [S in State]: { readonly [C in Command]: Answer } } = {
  none: {
    PlaceOrder: [placed(annsCart, day)],
    ConfirmOrder: 'not-placed',
    MarkShipped: 'not-confirmed',
    CancelOrder: 'not-placed',
  },
  placed: {
    PlaceOrder: 'already-placed',
    ConfirmOrder: [confirmed],
    MarkShipped: 'not-confirmed',
    CancelOrder: [cancelled(annsCart, day)],
  },
  confirmed: {
    PlaceOrder: 'already-placed',
    ConfirmOrder: [],
    MarkShipped: [shipped],
    CancelOrder: [cancelled(annsCart, day)],
  },
  shipped: {
    PlaceOrder: 'already-placed',
    ConfirmOrder: [],
    MarkShipped: [],
    CancelOrder: 'already-shipped',
  },
  cancelled: {
    PlaceOrder: 'already-placed',
    ConfirmOrder: 'cancelled',
    MarkShipped: 'not-confirmed',
    CancelOrder: [],
  },
};

const states: State[] = ['none', 'placed', 'confirmed', 'shipped', 'cancelled'];

describe.each(states)('an order that is %s', (state) => {
  test.each<Command>(['PlaceOrder', 'ConfirmOrder', 'MarkShipped', 'CancelOrder'])(
    'answers %s',
    (command) => {
      const decided = given(order, histories[state]).when(command, commands[command], noon);
      const answer = answers[state][command];
      if (typeof answer === 'string') decided.thenRejected(answer);
      else decided.then(answer);
    },
  );
});

test('the same command again decides nothing', () => {
  const { PlaceOrder, ConfirmOrder, MarkShipped, CancelOrder } = commands;
  const begun = given(order).when('PlaceOrder', PlaceOrder, noon);
  begun.when('ConfirmOrder', ConfirmOrder).when('ConfirmOrder', ConfirmOrder).thenNothing();
  begun.when('CancelOrder', CancelOrder).when('CancelOrder', CancelOrder).thenNothing();
  begun
    .when('ConfirmOrder', ConfirmOrder)
    .when('MarkShipped', MarkShipped)
    .when('MarkShipped', MarkShipped)
    .thenNothing();
});

test('a rejection has the status of the order', () => {
  given(order, histories.shipped)
    .when('PlaceOrder', annsCart)
    .thenRejected('already-placed', { status: 'shipped' });
  given(order).when('MarkShipped', {}).thenRejected('not-confirmed', { status: 'none' });
});

test('an order is placed on the day, in UTC, on which it happened, not on which it was recorded', () => {
  const now = '2026-06-01T08:00:00.000Z';
  const occurredAt = '2026-05-31T23:59:59.999Z';
  given(order)
    .when('PlaceOrder', annsCart, { now, occurredAt })
    .then([placed(annsCart, '2026-05-31')]);
});

test('an order is from the web by default; one without a channel, of an older release, is valid', () => {
  const { channel: _channel, ...cart } = annsCart;
  const fromTheWeb = placed({ ...cart, channel: 'web' }, day);
  given(order).when('PlaceOrder', cart, noon).then([fromTheWeb]);
  const { channel: _web, ...asStoredThen } = fromTheWeb.data;
  given(order, [{ type: 'OrderPlaced', schemaVersion: 1, data: asStoredThen }])
    .when('CancelOrder', cancel)
    .then([cancelled(annsCart, day)]);
});

test('a cancellation has the day, the customer and the amounts of the placed order', () => {
  given(order, histories.confirmed)
    .when('CancelOrder', cancel, { now: '2026-07-01T00:00:00.000Z' })
    .then([cancelled(annsCart, day)]);
});

test('an order remembers what a cancellation needs, and not its lines', () => {
  const money = { grossCents: 7_608, netCents: 7_498 };
  const known = { customer: 'ann', country: 'Germany', placedOn: day, ...money };
  for (const status of ['placed', 'confirmed', 'shipped', 'cancelled'] as const) {
    given(order, histories[status]).thenState({ status, ...known });
  }
  given(order).thenState({ status: 'none' });
});

describe('a command is refused', () => {
  const line = { product: 'chai', quantity: 1, unitCents: 1, discountBp: 0 };
  test.each([
    ['without lines', { ...annsCart, lines: [] }, 'lines'],
    [
      'with too many lines',
      { ...annsCart, lines: Array.from({ length: 501 }, () => line) },
      'lines',
    ],
    ['without a customer', { ...annsCart, customer: '' }, 'customer'],
    ['for half a piece', { ...annsCart, lines: [{ ...line, quantity: 0.5 }] }, 'lines.0.quantity'],
    ['for no piece', { ...annsCart, lines: [{ ...line, quantity: 0 }] }, 'lines.0.quantity'],
    [
      'at a negative price',
      { ...annsCart, lines: [{ ...line, unitCents: -1 }] },
      'lines.0.unitCents',
    ],
    ['at half a cent', { ...annsCart, lines: [{ ...line, unitCents: 0.5 }] }, 'lines.0.unitCents'],
    [
      'with more than everything off',
      { ...annsCart, lines: [{ ...line, discountBp: 10_001 }] },
      'discountBp',
    ],
    ['with a price of its own', { ...annsCart, netCents: 1 }, 'netCents'],
  ])('%s', (_title, cart, place) => {
    expect(() => given(order).when('PlaceOrder', cart)).toThrow(place);
  });

  test('without a reason to cancel', () => {
    expect(() => given(order, histories.placed).when('CancelOrder', { reason: '' })).toThrow(
      'reason',
    );
  });
});

test('a total beyond what can be counted exactly is refused with the command', () => {
  const line = { product: 'p', quantity: 1_000_000, unitCents: 1_000_000_000, discountBp: 0 };
  const lines = Array.from({ length: 10 }, () => line);
  expect(() => given(order).when('PlaceOrder', { ...annsCart, lines })).toThrow('lines');
});
