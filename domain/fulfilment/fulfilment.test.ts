import { command, getEntry, keysOf } from 'ledge';
import { givenSaga, type SagaStory } from 'ledge/testing';
import { describe, expect, test } from 'vitest';
import { annsCart, cancelled, inOrder, placed } from '../../test/reference/orders.ts';
import { order } from '../order/order.ts';
import { payment } from '../payment/payment.ts';
import { product } from '../product/product.ts';
import { shipment } from '../shipment/shipment.ts';
import { fulfilment } from './fulfilment.ts';

const day = '2026-05-04';
const o1 = inOrder('o-1');
const ofPayment = { aggregate: payment, id: 'o-1' } as const;
const cents = 7_498;
const MINUTE_MS = 60_000;

const placing = { ...o1, ...placed(annsCart, day) };
const cancelling = { ...o1, ...cancelled(annsCart, day) };
const capturing = { ...ofPayment, type: 'PaymentCaptured', data: { cents } } as const;
const declining = { ...ofPayment, type: 'PaymentDeclined', data: { reason: 'no funds' } } as const;

const reserve = {
  'reserve/0': command(product, 'chai', 'ReserveStock', { order: 'o-1', quantity: 3 }),
  'reserve/1': command(product, 'chang', 'ReserveStock', { order: 'o-1', quantity: 1 }),
};
const release = {
  'reserve/0/undo': command(product, 'chai', 'ReleaseStock', { order: 'o-1' }),
  'reserve/1/undo': command(product, 'chang', 'ReleaseStock', { order: 'o-1' }),
};
const pay = { 'pay/0': command(payment, 'o-1', 'RequestPayment', { cents }) };
const refund = { 'pay/0/undo': command(payment, 'o-1', 'RefundPayment', {}) };
const confirm = { 'confirm/0': command(order, 'o-1', 'ConfirmOrder', {}) };
const items = [
  { product: 'chai', quantity: 3 },
  { product: 'chang', quantity: 1 },
];
const pack = {
  'pack/0': command(shipment, 'o-1', 'CreateShipment', { country: 'Germany', items }),
};
const unpack = { 'pack/0/undo': command(shipment, 'o-1', 'CancelShipment', {}) };
const dispatch = { 'dispatch/0': command(shipment, 'o-1', 'DispatchShipment', {}) };
const mark = { 'mark-shipped/0': command(order, 'o-1', 'MarkShipped', {}) };
const ship = {
  'ship/0': command(product, 'chai', 'ShipStock', { order: 'o-1' }),
  'ship/1': command(product, 'chang', 'ShipStock', { order: 'o-1' }),
};
const cancelOrder = (reason: string) => ({
  'afterwards/0': command(order, 'o-1', 'CancelOrder', { reason }),
});

/** How far a fulfilment can be, each by what happens after the one before. */
const reserving = givenSaga(fulfilment, 'o-1').whenEvent(placing);
const paying = reserving.whenSettled('reserve/0').whenSettled('reserve/1');
const waiting = paying.whenSettled('pay/0');
const confirming = waiting.whenEvent(capturing);
const packing = confirming.whenSettled('confirm/0');
const dispatching = packing.whenSettled('pack/0');
const marking = dispatching.whenSettled('dispatch/0');
const shipping = marking.whenSettled('mark-shipped/0');

test('an order goes from its reservation to its parcel’s departure', () => {
  reserving.thenStatus('running').thenSends(reserve);
  reserving.whenSettled('reserve/1').thenSends();
  paying.thenSends(pay).thenTimers('timeout/pay');
  waiting.thenSends();
  confirming.thenSends(confirm).thenTimers();
  packing.thenSends(pack);
  dispatching.thenSends(dispatch);
  marking.thenSends(mark);
  shipping.thenSends(ship);
  shipping.whenSettled('ship/1').whenSettled('ship/0').thenSends().thenStatus('completed', null);
});

test('an order that did not come from the web is left to others, cancelled or not', () => {
  givenSaga(fulfilment, 'o-1')
    .whenEvent({ ...o1, ...placed({ ...annsCart, channel: 'phone' }, day) })
    .thenRecords(0)
    .whenEvent(cancelling)
    .thenRecords(0)
    .thenStatus('waiting');
});

test('lines of one product are one reservation', () => {
  const [chai] = annsCart.lines;
  const twice = chai ? [chai, { ...chai, quantity: 4 }] : [];
  givenSaga(fulfilment, 'o-1')
    .whenEvent({ ...o1, ...placed({ ...annsCart, lines: twice }, day) })
    .thenSends({
      'reserve/0': command(product, 'chai', 'ReserveStock', { order: 'o-1', quantity: 7 }),
    });
});

test('out of stock at the last line releases what was reserved, and cancels the order', () => {
  reserving
    .whenSettled('reserve/0')
    .whenSettled('reserve/1', 'out-of-stock')
    .thenStatus('compensating', 'out-of-stock')
    .thenSends({ 'reserve/0/undo': release['reserve/0/undo'] })
    .whenSettled('reserve/0/undo')
    .thenSends(cancelOrder('out-of-stock'))
    .whenSettled('afterwards/0')
    .thenStatus('compensated', 'out-of-stock');
});

test('commands in flight when a step fails are awaited, and then compensated', () => {
  reserving
    .whenSettled('reserve/0', 'out-of-stock')
    .thenSends()
    .thenStatus('compensating')
    .whenSettled('reserve/1')
    .thenSends({ 'reserve/1/undo': release['reserve/1/undo'] });
});

describe('a payment that does not come', () => {
  const undoesPayment = (stopped: SagaStory, reason: string) =>
    stopped
      .thenStatus('compensating', reason)
      .thenSends(refund)
      .whenSettled('pay/0/undo')
      .thenSends(release)
      .whenSettled('reserve/0/undo')
      .thenSends()
      .whenSettled('reserve/1/undo')
      .thenSends(cancelOrder(reason))
      .whenSettled('afterwards/0')
      .thenStatus('compensated', reason)
      .thenTimers();

  test('because it is declined', () => {
    undoesPayment(waiting.whenEvent(declining), 'failure of pay');
  });

  test('in time', () => {
    waiting.whenTimePasses(15 * MINUTE_MS - 1).thenRecords(0);
    undoesPayment(waiting.whenTimePasses(15 * MINUTE_MS), 'timeout of pay');
  });
});

describe('69 the first recorded event decides the race of payment and timeout', () => {
  test('the payment', () => {
    waiting
      .whenEvent(capturing)
      .whenTimePasses(60 * MINUTE_MS)
      .thenRecords(0)
      .thenStatus('running');
  });

  test('the timeout: a capture that comes too late changes nothing, and is refunded', () => {
    const late = waiting.whenTimePasses(15 * MINUTE_MS).whenEvent(capturing);
    late.thenSends().thenStatus('compensating', 'timeout of pay');
    expect(keysOf(late.instance.open)).toEqual(['pay/0/undo']);
  });

  test('a payment that is captured before its request is answered counts', () => {
    paying.whenEvent(capturing).thenSends().whenSettled('pay/0').thenSends(confirm);
  });

  test('a payment that is declined before its request is answered fails when it is', () => {
    paying.whenEvent(declining).thenSends().whenSettled('pay/0').thenSends(refund);
  });
});

describe('71 a repeat', () => {
  test('of an event is recorded nowhere, and neither is one that comes after the end', () => {
    waiting.whenEvent({ ...placing, version: 1 }).thenRecords(0);
    confirming.whenEvent({ ...capturing, version: 1 }).thenRecords(0);
    const done = shipping.whenSettled('ship/0').whenSettled('ship/1');
    done.whenEvent(cancelling).thenRecords(0).thenStatus('completed');
  });

  test('of an outcome is recorded nowhere, nor is one of another attempt', () => {
    paying.whenSettled('reserve/0', undefined, 1).thenRecords(0);
    reserving.whenSettled('reserve/0', undefined, 2).thenRecords(0);
  });
});

describe('78 cancelled at every step', () => {
  const back = { ...release };
  const stories: [string, SagaStory, string[], Readonly<Record<string, object>>][] = [
    ['reserving', reserving, ['reserve/0', 'reserve/1'], back],
    ['paying', paying, ['pay/0'], refund],
    ['waiting for the payment', waiting, [], refund],
    ['confirming', confirming, ['confirm/0'], refund],
    ['packing', packing, ['pack/0'], unpack],
    ['dispatching', dispatching, ['dispatch/0'], unpack],
  ];

  describe.each(stories)('%s', (_step, begun, inFlight, first) => {
    test.each([
      ['by the customer', (story: SagaStory) => story.whenEvent(cancelling)],
      [
        'by an operator',
        (story: SagaStory) => story.whenOperator('Cancel', { reason: 'changed my mind' }),
      ],
    ])('%s, everything is compensated in reverse order', (_by, cancel) => {
      let story = cancel(begun).thenStatus('compensating', 'changed my mind');
      for (const effect of inFlight) story = story.thenSends().whenSettled(effect);
      story.thenSends(first as never);
      const undone: string[] = [];
      for (let open = keysOf(story.instance.open); open.length > 0; ) {
        undone.push(...open);
        for (const effect of open) story = story.whenSettled(effect);
        open = keysOf(story.instance.open);
      }
      const order = ['pack/0/undo', 'pay/0/undo', 'reserve/0/undo', 'reserve/1/undo'];
      expect(undone).toEqual([...order.slice(order.indexOf(undone[0] ?? '')), 'afterwards/0']);
      story.thenStatus('compensated', 'changed my mind').thenTimers();
    });
  });

  test('marking the order as shipped decides: the customer was first', () => {
    marking
      .whenEvent(cancelling)
      .thenSends()
      .whenSettled('mark-shipped/0', 'not-confirmed')
      .thenSends(unpack);
  });

  test('marking the order as shipped decides: the customer was too late', () => {
    marking
      .whenOperator('Cancel', { reason: 'changed my mind' })
      .thenStatus('compensating')
      .whenSettled('mark-shipped/0')
      .thenStatus('running', null)
      .thenSends(ship);
    shipping.whenOperator('Cancel', { reason: 'too late' }).thenRefused('cannot-be-cancelled');
  });
});

describe('74 a compensation that is rejected', () => {
  const undoing = waiting.whenEvent(declining);
  /** All six attempts. */
  const givenUp = [1, 2, 3, 4, 5]
    .reduce(
      (story) => story.whenSettled('pay/0/undo', 'closed').whenTimePasses(60_000).thenSends(refund),
      undoing,
    )
    .whenSettled('pay/0/undo', 'closed');

  test('is sent again, ever later, each attempt with a number of its own', () => {
    const rejected = undoing.whenSettled('pay/0/undo', 'closed');
    rejected.thenSends().thenTimers('retry/pay/0/undo').whenTimePasses(999).thenRecords(0);
    const again = rejected
      .whenTimePasses(1_500)
      .thenSends(refund)
      .whenSettled('pay/0/undo', 'closed');
    expect(getEntry(again.instance.open, 'pay/0/undo')).toMatchObject({
      attempt: 2,
      awaits: 'retry',
    });
    again.whenTimePasses(1_999).thenRecords(0).whenTimePasses(1_001).thenSends(refund);
    again.whenTimePasses(3_000).whenSettled('pay/0/undo').thenSends(release);
  });

  test('needs attention in the end, with its reason', () => {
    givenUp.thenStatus('attention', 'failure of pay').thenSends().thenTimers();
    expect(getEntry(givenUp.instance.open, 'pay/0/undo')).toMatchObject({
      attempt: 6,
      awaits: 'attention',
    });
  });

  test.each(['SkipEffect', 'ResolveEffect'] as const)('continues after %s', (operation) => {
    givenUp
      .whenOperator(operation, { effect: 'pay/0/undo', reason: 'refunded by hand' })
      .thenStatus('compensating')
      .thenSends(release)
      .whenOperator(operation, { effect: 'pay/0/undo', reason: 'again' })
      .thenRefused('no-such-effect');
  });

  test('is retried once by an operator', () => {
    const retried = givenUp.whenOperator('RetryEffect', {
      effect: 'pay/0/undo',
      reason: 'open now',
    });
    retried.thenStatus('compensating').thenSends(refund);
    retried
      .whenOperator('RetryEffect', { effect: 'pay/0/undo', reason: 'x' })
      .thenRefused('on-its-way');
    retried.whenSettled('pay/0/undo').thenSends(release);
    retried.whenSettled('pay/0/undo', 'closed').thenStatus('attention');
  });
});

test('beyond the last moment a rejection is tried again, and then needs attention', () => {
  const rejected = [1, 2, 3, 4, 5]
    .reduce((story) => story.whenSettled('ship/0', 'not-reserved').whenTimePasses(60_000), shipping)
    .whenSettled('ship/0', 'not-reserved');
  rejected.thenStatus('attention').whenSettled('ship/1').thenStatus('attention');
  rejected
    .whenSettled('ship/1')
    .whenOperator('ResolveEffect', { effect: 'ship/0', reason: 'counted by hand' })
    .thenStatus('completed');
});
