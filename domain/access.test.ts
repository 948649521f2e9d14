import { given, givenRows, principal, TEST_MOMENT } from 'ledge/testing';
import { describe, expect, test } from 'vitest';
import {
  annsCart,
  bobsCart,
  cancelled,
  confirmed,
  inOrder,
  placed,
} from '../test/reference/orders.ts';
import {
  annRegistered,
  ann as annsData,
  annsMove,
  bobRegistered,
  bob as bobsData,
  closed,
  ofCustomer,
} from '../test/reference/people.ts';
import { access } from './access.ts';
import { customer } from './customer/customer.ts';
import { customers } from './customer/projection.ts';
import { order } from './order/order.ts';
import { orders } from './order/projection.ts';
import { payment } from './payment/payment.ts';
import { product } from './product/product.ts';
import { products } from './product/projection.ts';

const day = '2026-05-04';
const noon = { now: `${day}T12:00:00.000Z` };
const ann = principal(access, {
  ...{ id: 'user:ann', roles: ['customer'] },
  claims: { customer: 'ann' },
});
const clerk = principal(access, {
  ...{ id: 'user:cleo', roles: ['clerk'] },
  claims: { countries: ['Austria', 'Norway', 'Ireland'] },
});
const placedByAnn = placed(annsCart, day);
const placedByBob = placed(bobsCart, day);
const annsRow = {
  ...{ order: 'o-1', customer: 'ann', country: 'Germany', lineCount: 2 },
  status: 'placed',
  ...{ grossCents: 7_608, netCents: 7_498, placedAt: TEST_MOMENT, shippedAt: null },
} as const;

const registered = [
  { ...ofCustomer('ann'), ...annRegistered },
  { ...ofCustomer('bob'), ...bobRegistered },
] as const;

describe('a customer', () => {
  test('orders for itself alone, in the web shop', () => {
    given(order).as(ann).when('PlaceOrder', annsCart, noon).then([placedByAnn]);
    given(order).as(ann).when('PlaceOrder', bobsCart, noon).thenForbidden();
    given(order)
      .as(ann)
      .when('PlaceOrder', { ...annsCart, channel: 'phone' }, noon)
      .thenForbidden();
  });

  test('cancels its own orders', () => {
    const cancel = { reason: 'changed my mind' };
    given(order, [placedByAnn])
      .as(ann)
      .when('CancelOrder', cancel)
      .then([cancelled(annsCart, day)]);
    given(order, [placedByBob]).as(ann).when('CancelOrder', cancel).thenForbidden();
    given(order).as(ann).when('CancelOrder', cancel).thenForbidden();
  });

  test('confirms no order and receives no stock', () => {
    given(order, [placedByAnn]).as(ann).when('ConfirmOrder', {}).thenForbidden();
    given(product).as(ann).when('ReceiveStock', { quantity: 1 }).thenForbidden();
  });

  test('sees its own orders', () => {
    givenRows(orders, [
      { ...inOrder('o-1'), ...placedByAnn },
      { ...inOrder('o-2'), ...placedByBob },
    ])
      .as(ann)
      .thenRows({ orders: [annsRow] });
  });

  test('registers, moves and closes itself alone', () => {
    const itself = { id: 'ann' };
    given(customer)
      .as(ann)
      .when('RegisterCustomer', annsData, itself)
      .then([annRegistered])
      .when('MoveCustomer', annsMove, itself)
      .then([{ type: 'CustomerMoved', data: annsMove }])
      .when('CloseCustomer', {}, itself)
      .then([closed]);
    given(customer).as(ann).when('RegisterCustomer', bobsData, { id: 'bob' }).thenForbidden();
    given(customer, [bobRegistered])
      .as(ann)
      .when('CloseCustomer', {}, { id: 'bob' })
      .thenForbidden();
  });

  test('sees itself among the customers', () => {
    givenRows(customers, registered)
      .as(ann)
      .thenRows({ customers: [annsData] });
  });

  test('without the claim is granted nothing', () => {
    const guest = principal(access, { id: 'user:x', roles: ['customer'], claims: {} });
    given(order, [placedByAnn]).as(guest).when('CancelOrder', { reason: 'x' }).thenForbidden();
    givenRows(orders, [{ ...inOrder('o-1'), ...placedByAnn }])
      .as(guest)
      .thenRows({ orders: [] });
  });
});

test('callers without a credential see the products and no order', () => {
  const anyone = principal(access, { id: 'public', roles: ['public'], claims: {} });
  const registered = { type: 'ProductRegistered', data: { name: 'Tea', priceCents: 500 } } as const;
  const teaRow = { product: 'tea', name: 'Tea', priceCents: 500, onHand: 0, reserved: 0 };
  givenRows(products, [{ aggregate: product, id: 'tea', ...registered }])
    .as(anyone)
    .thenRows({ products: [teaRow] });
  givenRows(orders, [{ ...inOrder('o-1'), ...placedByAnn }])
    .as(anyone)
    .thenRows({ orders: [] });
  given(order).as(anyone).when('PlaceOrder', annsCart, noon).thenForbidden();
  given(product).as(anyone).when('ReceiveStock', { quantity: 1 }).thenForbidden();
});

test('a clerk sees the orders of its countries', () => {
  const events = [
    { ...inOrder('o-1'), ...placedByAnn },
    { ...inOrder('o-2'), ...placedByBob },
    { ...inOrder('o-2'), ...confirmed },
  ] as const;
  expect(() => givenRows(orders, events).as(clerk).thenRows({ orders: [] })).toThrow('o-2');
  expect(() => givenRows(orders, events).as(clerk).thenRows({ orders: [] })).not.toThrow('o-1');
});

test('a clerk sees the customers of its countries', () => {
  givenRows(customers, registered)
    .as(clerk)
    .thenRows({ customers: [bobsData] });
});

test('names and addresses are plain for customers, clerks and programs of the company alone', () => {
  const plain = Object.entries(access.roles).flatMap(([role, grants]) =>
    grants.personal ? [role] : [],
  );
  expect(plain).toEqual(['customer', 'clerk', 'integration']);
});

test('an approver refunds what was captured', () => {
  const approver = principal(access, { id: 'user:eve', roles: ['approver'], claims: {} });
  const requested = { type: 'PaymentRequested', data: { cents: 500 } } as const;
  const captured = { type: 'PaymentCaptured', data: { cents: 500 } } as const;
  const refunded = { type: 'PaymentRefunded', data: { cents: 500 } } as const;
  given(payment, [requested, captured]).as(approver).when('RefundPayment', {}).then([refunded]);
  given(payment, [requested]).as(approver).when('RefundPayment', {}).thenForbidden();
});

test('a principal may do what any of its roles grants', () => {
  const both = principal(access, {
    ...{ id: 'user:ann', roles: ['customer', 'approver'] },
    claims: { customer: 'ann' },
  });
  const cancel = { reason: 'changed my mind' };
  given(order, [placedByAnn])
    .as(both)
    .when('CancelOrder', cancel)
    .then([cancelled(annsCart, day)]);
  given(payment).as(both).when('RefundPayment', {}).thenForbidden();
});
