import { command } from 'ledge';
import { givenReactor } from 'ledge/testing';
import { test } from 'vitest';
import { payment } from '../payment/payment.ts';
import { shipment } from '../shipment/shipment.ts';
import { returns } from './returns.ts';

const parcel = { aggregate: shipment, id: 'o-1' } as const;

test('a returned parcel is refunded', () => {
  givenReactor(returns)
    .whenEvent({ ...parcel, type: 'ShipmentReturned', data: {} })
    .thenSends(command(payment, 'o-1', 'RefundPayment', {}));
});

test('a parcel that leaves, or is called back by its sender, is none of its business', () => {
  const policy = givenReactor(returns);
  policy.whenEvent({ ...parcel, type: 'ShipmentDispatched', data: {} }).thenSends();
  policy.whenEvent({ ...parcel, type: 'ShipmentRecalled', data: {} }).thenSends();
});
