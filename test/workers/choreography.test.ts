/** A reactor of the shop over HTTP: one event, one command, no coordinator. */
import { expect, test } from 'vitest';
import { useKeptQueue } from './support/harness.ts';
import { accepted, place, settle, shop, stateOf, stock, typesOf } from './support/shop.ts';

useKeptQueue();

async function sold(order: string): Promise<void> {
  await stock(`${order}-chai`, 1);
  await place(order, `${order}-chai`);
  await settle();
  await accepted(`payment/${order}/CapturePayment`);
  await settle();
}

test('V6 a returned parcel is refunded once, however often the message is delivered', async () => {
  await sold('r-1');
  await accepted('shipment/r-1/ReturnShipment');
  await settle((messages) => [...messages, ...messages]);
  expect(await typesOf('payment/r-1')).toEqual([
    'PaymentRequested',
    'PaymentCaptured',
    'PaymentRefunded',
  ]);
  const { body } = await shop.get('/v1/streams/payment/r-1');
  const { body: parcel } = await shop.get('/v1/streams/shipment/r-1');
  expect(body.events).toHaveProperty('2.metadata', {
    actor: 'ledge:reactor/returns',
    commandId: 'ledge:reactor/returns/shipment/r-1@3/0',
    causationId: Object(parcel.events)[2].id,
    correlationId: Object(parcel.events)[2].metadata.correlationId,
    hops: 1,
  });
});

test('V6 a parcel that was never dispatched cannot be returned or refunded', async () => {
  await stock('r-2-chai', 1);
  await place('r-2', 'r-2-chai');
  await settle();
  const refused = await shop.post('/v1/commands/shipment/r-2/ReturnShipment');
  expect(refused).toMatchObject({ status: 409, body: { reason: 'not-dispatched' } });
  await settle();
  expect(await stateOf('payment/r-2')).toMatchObject({ status: 'requested' });
});
