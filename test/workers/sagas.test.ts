/** Sagas on the real runtime: with any behaviour of queue, objects and clock, an order is completed or compensated. */
import { runDurableObjectAlarm } from 'cloudflare:test';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { billOf } from './support/bill.ts';
import { deployment } from './support/deployment.ts';
import { sagaApp } from './support/entry.ts';
import { faults } from './support/faults.ts';
import {
  aggregateOf,
  env,
  keptMessages,
  objectOf,
  rowsOf,
  useKeptQueue,
} from './support/harness.ts';
import {
  accepted,
  eventsOf,
  forget,
  place,
  ring,
  sagaOf,
  settle,
  shop,
  stateOf,
  stock,
  typesOf,
} from './support/shop.ts';

useKeptQueue();

const MINUTE_MS = 60_000;
const { get, post, deliver, buildAll } = shop;

describe('Y1 an order that all goes well with', () => {
  test('is paid for, sent and shipped, and every command was executed once', async () => {
    await stock('g1-chai', 5);
    await stock('g1-chang', 5);
    await settle();
    await place('g1', 'g1-chai', 'g1-chang');
    await settle();
    expect(await sagaOf('g1')).toMatchObject({
      status: 'running',
      timeouts: { pay: expect.any(String) },
    });
    await accepted('payment/g1/CapturePayment');
    await settle();
    expect(await sagaOf('g1')).toMatchObject({
      status: 'completed',
      open: { size: 0 },
      timeouts: {},
    });
    expect(await typesOf('order/g1')).toEqual(['OrderPlaced', 'OrderConfirmed', 'OrderShipped']);
    expect(await typesOf('payment/g1')).toEqual(['PaymentRequested', 'PaymentCaptured']);
    expect(await typesOf('shipment/g1')).toEqual(['ShipmentCreated', 'ShipmentDispatched']);
    expect(await typesOf('product/g1-chai')).toEqual([
      'ProductRegistered',
      'StockReceived',
      'StockReserved',
      'StockShipped',
    ]);
  });

  test('has the cause in every event', async () => {
    const [first] = (await eventsOf('order/g1')) as unknown as { id: string; metadata: object }[];
    expect((await eventsOf('fulfilment/g1'))[0]).toMatchObject({
      type: 'EventReceived',
      metadata: { causationId: first?.id, actor: 'ledge:reactor/fulfilment.routing' },
    });
    expect(await eventsOf('shipment/g1')).toMatchObject([
      {
        metadata: {
          actor: 'ledge:saga/fulfilment',
          commandId: 'ledge:saga/fulfilment/g1/pack/0/1',
        },
      },
      { metadata: { commandId: 'ledge:saga/fulfilment/g1/dispatch/0/1' } },
    ]);
  });
});

/** Each ends with everything where it was, whenever objects lose their memory in between. */
describe.for([
  ['warm', async () => undefined],
  [
    'cold',
    (order: string) => Promise.all([forget(`fulfilment/${order}`), forget(`order/${order}`)]),
  ],
] as const)('Y2 %s, an order that fails', ([memory, between]) => {
  const expectTakenBack = async (order: string, reason: string) => {
    expect(await sagaOf(order)).toMatchObject({ status: 'compensated', reason, open: { size: 0 } });
    expect(await stateOf(`order/${order}`)).toMatchObject({ status: 'cancelled' });
    expect(await stateOf(`product/${order}-a`)).toMatchObject({ onHand: 1, reserved: 0 });
  };

  const begin = async (name: string) => {
    const order = `${memory}-${name}`;
    await stock(`${order}-a`, 1);
    await stock(`${order}-b`, 1);
    await place(order, `${order}-a`, `${order}-b`);
    await settle();
    await between(order);
    return order;
  };

  test('73 because stock is out at the third line', async () => {
    const order = `${memory}-out`;
    await stock(`${order}-a`, 1);
    await stock(`${order}-b`, 1);
    await stock(`${order}-c`, 0);
    await place(order, `${order}-a`, `${order}-b`, `${order}-c`);
    await settle();
    await expectTakenBack(order, 'out-of-stock');
    expect(await typesOf(`product/${order}-c`)).toEqual(['ProductRegistered']);
    expect((await get(`/v1/aggregates/payment/${order}`)).status).toBe(404);
  });

  test('because the payment is declined', async () => {
    const order = await begin('declined');
    await accepted(`payment/${order}/DeclinePayment`, { reason: 'no funds' });
    await settle();
    await expectTakenBack(order, 'failure of pay');
  });

  test('because the payment does not arrive in time: the alarm fires, and a late capture is refused', async () => {
    const order = await begin('late');
    faults.clockSkewMs = 14 * MINUTE_MS;
    await runDurableObjectAlarm(objectOf(`fulfilment/${order}`));
    expect(await sagaOf(order)).toMatchObject({ status: 'running' });
    await between(order);
    faults.clockSkewMs = 16 * MINUTE_MS;
    await runDurableObjectAlarm(objectOf(`fulfilment/${order}`));
    await settle();
    await expectTakenBack(order, 'timeout of pay');
    expect((await post(`/v1/commands/payment/${order}/CapturePayment`)).status).toBe(409);
  });

  test('because its customer cancels it', async () => {
    const order = await begin('cancelled');
    await accepted(`order/${order}/CancelOrder`, { reason: 'changed my mind' });
    await settle();
    await expectTakenBack(order, 'changed my mind');
    expect(await stateOf(`payment/${order}`)).toEqual({ status: 'cancelled' });
  });

  test('because it cannot be dispatched, after it was paid for', async () => {
    const order = await begin('undispatched');
    await accepted(`shipment/${order}/CancelShipment`);
    await accepted(`payment/${order}/CapturePayment`);
    await settle();
    await expectTakenBack(order, 'cancelled');
    expect(await stateOf(`payment/${order}`)).toMatchObject({ status: 'refunded' });
  });
});

test('Y3 messages that come twice, in disorder or never change nothing but the time it takes', async () => {
  await stock('g3-chai', 1);
  await place('g3', 'g3-chai');
  await settle((messages) => [...messages.toReversed(), ...messages]);
  await accepted('payment/g3/CapturePayment');
  expect(keptMessages()).toHaveLength(1);
  for (const stream of ['payment/g3', 'fulfilment/g3', 'order/g3', 'shipment/g3']) {
    faults.clockSkewMs += MINUTE_MS;
    await ring(stream);
    await settle((messages) => [...messages, ...messages]);
  }
  expect(await sagaOf('g3')).toMatchObject({ status: 'completed' });
  expect(await typesOf('shipment/g3')).toEqual(['ShipmentCreated', 'ShipmentDispatched']);
  expect(await typesOf('product/g3-chai')).toHaveLength(4);
});

test('Y4 a target that does not answer is retried until it does, without a limit', async () => {
  await stock('g4-chai', 1);
  await settle();
  const broken = deployment(sagaApp, {
    unreachable: (name) => name === 'main/product/g4-chai',
  });
  await place('g4', 'g4-chai');
  for (let minutes = 0; minutes <= 40; minutes += 20) {
    faults.clockSkewMs = minutes * MINUTE_MS;
    const messages = keptMessages();
    await broken.deliver(messages);
    await runDurableObjectAlarm(objectOf('fulfilment/g4'));
  }
  expect(await sagaOf('g4')).toMatchObject({
    status: 'attention',
    open: { entries: [['reserve/0', { attempt: 1, awaits: 'attention' }]] },
  });
  const [listed] = await rowsOf<{ reason: string }>(
    "SELECT reason FROM sagas_v1 WHERE status = 'attention'",
  );
  expect(listed?.reason).toMatch(/^ReserveStock has no answer from product\/g4-chai: /);
  const { results } = await env.DB.prepare('SELECT * FROM dead_letter').all();
  expect(results).toEqual([]);
  await settle();
  expect(await sagaOf('g4')).toMatchObject({
    status: 'running',
    open: { size: 0 },
    timeouts: { pay: expect.any(String) },
  });
  expect(await typesOf('product/g4-chai')).toHaveLength(3);
});

test('Y4 72 a command whose outcome was lost is sent again and executed once', async () => {
  let calls = 0;
  const forgetful = deployment(sagaApp, {
    // The saga receives the event; what became of its command does not reach it, however often that is tried.
    unreachable: (name) => name === 'main/copying/g4' && ++calls > 1,
  });
  await accepted('troublesome/g4/Work', { note: 'copy me' });
  await forgetful.deliver(keptMessages().slice(0, 1));
  expect(await typesOf('troublesome/copy-of-g4')).toEqual(['Worked']);
  expect(await stateOf('copying/g4')).toMatchObject({
    open: { entries: [['copy', { awaits: 'outcome' }]] },
  });
  faults.clockSkewMs = MINUTE_MS;
  await runDurableObjectAlarm(objectOf('copying/g4'));
  await settle((messages) => [...messages, ...messages]);
  expect(await typesOf('troublesome/copy-of-g4')).toEqual(['Worked']);
  expect(await stateOf('copying/g4')).toMatchObject({ status: 'completed' });
});

describe('Y5 what a saga costs', () => {
  test('its object 2.5 rows an event on average; its commands and messages can be counted', async () => {
    await stock('g5-chai', 1);
    await stock('g5-chang', 1);
    await settle();
    const bill = await billOf('fulfilment/g5');
    await place('g5', 'g5-chai', 'g5-chang');
    const waiting = await settle();
    await accepted('payment/g5/CapturePayment');
    const messages = waiting + (await settle());
    await runDurableObjectAlarm(objectOf('fulfilment/g5'));
    const events = await eventsOf('fulfilment/g5');
    expect(events).toHaveLength(11);
    // With a record of every command it would be a row more for each.
    expect(bill.read().rowsWritten).toBeLessThanOrEqual(2.5 * events.length);
    expect(messages).toBeLessThanOrEqual(20);
    const touched = ['order', 'payment', 'shipment'].map((type) => `${type}/g5`);
    const logs = await Promise.all([...touched, 'product/g5-chai', 'product/g5-chang'].map(keysOf));
    // Two reservations and two departures, payment, confirmation, parcel, dispatch, mark: each once.
    expect(logs.flat().toSorted()).toEqual(
      [
        'reserve/0',
        'reserve/1',
        'pay/0',
        'confirm/0',
        'pack/0',
        'dispatch/0',
        'mark-shipped/0',
        'ship/0',
        'ship/1',
      ]
        .map((effect) => `ledge:saga/fulfilment/g5/${effect}/1`)
        .toSorted(),
    );
  });

  test('no event that it handles more than four rows', async () => {
    await place('g5-each', 'nothing');
    const [placed] = await eventsOf('order/g5-each');
    const address = { aggregate: 'order', aggregateId: 'g5-each' };
    // A stream without other commands.
    const stream = 'fulfilment/g5-alone';
    const bill = await billOf(stream);
    const costs: number[] = [];
    const execute = async (name: string, data: object) => {
      bill.reset();
      const command = { name, data, fingerprint: name, actor: 'somebody' };
      expect(await aggregateOf(stream).execute([command])).toMatchObject([{ outcome: 'accepted' }]);
      costs.push(bill.read().rowsWritten);
    };
    await execute('Receive', { event: { ...placed, ...address } });
    const accept = { attempt: 1, outcome: 'accepted', reason: null };
    const type = 'PaymentCaptured';
    const captured = { stream: 'payment/g5-alone', version: 2, type, schemaVersion: 1, data: {} };
    await execute('Settle', { effect: 'reserve/0', ...accept });
    await execute('Settle', { effect: 'pay/0', ...accept });
    const ofPayment = { aggregate: 'payment', aggregateId: 'g5-alone' };
    await execute('Receive', { event: { ...placed, ...captured, ...ofPayment } });
    for (const step of ['confirm', 'pack', 'dispatch', 'mark-shipped', 'ship']) {
      await execute('Settle', { effect: `${step}/0`, ...accept });
    }
    expect(await stateOf(stream)).toMatchObject({ status: 'completed' });
    const [begun, firstTimeout, ...others] = costs;
    expect(others).toHaveLength(7);
    // Its object's own row comes with the first write.
    expect(begun).toBeLessThanOrEqual(5);
    expect(Math.max(...others), costs.join(' ')).toBeLessThanOrEqual(4);
    // Its timers' table is made with the first of them.
    expect(firstTimeout).toBeLessThanOrEqual(5);
  });

  /** Of the commands that made a stream's events, as far as a saga sent them. */
  async function keysOf(stream: string): Promise<string[]> {
    const events = (await eventsOf(stream)) as unknown as { metadata: { commandId: string } }[];
    const keys = events.map(({ metadata }) => metadata.commandId);
    return keys.filter((key) => key.startsWith('ledge:saga/'));
  }
});

test('Y6 only the runtime and operators command a saga', async () => {
  const forged = { effect: 'pay/0', attempt: 1, outcome: 'accepted', reason: null };
  expect((await post('/v1/commands/fulfilment/g1/Settle', forged)).status).toBe(404);
  expect((await post('/v1/simulate/fulfilment/g1', { steps: [] })).status).toBe(404);
  const line = { aggregate: 'fulfilment', id: 'g1', command: 'Settle', data: forged };
  const { body } = await post('/v1/commands', [line]);
  expect(body).toMatchObject({ status: 404 });
});

describe('Y8 what an operator does', () => {
  const waitFor = async (order: string) => {
    await stock(`${order}-chai`, 1);
    await place(order, `${order}-chai`);
    await settle();
  };

  /** Its stock was shipped by hand, so that it cannot be released. */
  const needingAttention = async (order: string) => {
    await waitFor(order);
    await accepted(`product/${order}-chai/ShipStock`, { order });
    await accepted(`payment/${order}/DeclinePayment`, { reason: 'no funds' });
    await settle();
    for (let attempt = 2; attempt <= 6; attempt++) {
      faults.clockSkewMs += MINUTE_MS;
      await runDurableObjectAlarm(objectOf(`fulfilment/${order}`));
      await settle();
    }
  };

  test('74 a compensation that keeps failing is shown with its reason, and continues as they decide', async () => {
    await needingAttention('g8-stuck');
    const { body } = await get('/v1/sagas/fulfilment/g8-stuck');
    expect(body).toMatchObject({
      status: 'attention',
      reason: 'failure of pay',
      definition: 1,
      open: [{ effect: 'reserve/0/undo', awaits: 'attention', attempt: 6 }],
    });
    const operate = (operation: string, input: object) =>
      post(`/v1/sagas/fulfilment/g8-stuck/${operation}`, input);
    const effect = 'reserve/0/undo';
    expect((await operate('retry', { effect: 'pay/0', reason: 'x' })).body).toMatchObject({
      status: 409,
      reason: 'no-such-effect',
    });
    expect((await operate('resolve', { effect })).status).toBe(400);
    expect((await operate('resolve', { effect, reason: 'counted by hand' })).status).toBe(200);
    await settle();
    const after = await get('/v1/sagas/fulfilment/g8-stuck');
    expect(after.body).toMatchObject({ status: 'compensated', ended: true, open: [] });
    expect(after.body.timeline).toContainEqual(
      expect.objectContaining({
        type: 'Operated',
        data: expect.objectContaining({
          operation: 'resolve',
          reason: 'counted by hand',
          actor: 'local-developer',
        }),
      }),
    );
  });

  test('78 a cancelled saga compensates', async () => {
    await waitFor('g8-cancelled');
    const cancelled = await post('/v1/sagas/fulfilment/g8-cancelled/cancel', {
      reason: 'recalled',
    });
    expect(cancelled).toMatchObject({ status: 200, body: { status: 'compensating' } });
    await settle();
    expect(await sagaOf('g8-cancelled')).toMatchObject({
      status: 'compensated',
      reason: 'recalled',
    });
    expect(await stateOf('order/g8-cancelled')).toMatchObject({ status: 'cancelled' });
    const again = await post('/v1/sagas/fulfilment/g8-cancelled/cancel', { reason: 'again' });
    expect(again).toMatchObject({ status: 409, body: { reason: 'ended' } });
  });

  test('is nothing where there is no saga', async () => {
    expect((await get('/v1/sagas/fulfilment/nobody')).status).toBe(404);
    expect((await get('/v1/sagas/order/g1')).status).toBe(404);
    expect((await post('/v1/sagas/fulfilment/nobody/cancel', { reason: 'x' })).status).toBe(404);
    expect((await get('/v1/aggregates/fulfilment/nobody')).status).toBe(404);
  });
});

test('Y9 neither a rebuild nor a redelivery sends a command again', async () => {
  await stock('g9-chai', 1);
  await place('g9', 'g9-chai');
  const messages = keptMessages();
  await deliver(messages);
  await settle();
  const before = await typesOf('payment/g9');
  await post('/v1/projections/orders/rebuild');
  await buildAll('orders');
  await deliver(messages);
  await settle();
  expect(await typesOf('payment/g9')).toEqual(before);
  expect((await post('/v1/projections/fulfilment.dispatch/rebuild')).status).toBe(409);
});

test('Y7 conservation: orders over few products, with everything going wrong, add up in the end', async () => {
  const ends = fc.constantFrom(
    'captured',
    'declined',
    'cancelled',
    'late',
    'cancelled while captured',
  );
  let world = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ end: ends, lines: fc.uniqueArray(fc.nat(2), { minLength: 1 }) }), {
        minLength: 4,
        maxLength: 8,
      }),
      fc.infiniteStream(fc.nat(99)),
      async (orders, luck) => {
        const name = `g7-${world++}`;
        const products = [0, 1, 2].map((index) => `${name}-p${index}`);
        for (const product of products) await stock(product, 3);
        const chaos = (messages: string[]) =>
          messages
            .flatMap((message) => {
              const { value } = luck.next();
              if (value < 10) return [];
              return value < 30 ? [message, message] : [message];
            })
            .toSorted(() => luck.next().value - 50);
        const ids = orders.map((_order, index) => `${name}-o${index}`);
        for (const [index, { lines }] of orders.entries()) {
          await place(ids[index] ?? '', ...lines.map((line) => products[line] ?? ''));
        }
        await settle(chaos);
        for (const [index, { end }] of orders.entries()) {
          const id = ids[index];
          const cancel = () => post(`/v1/commands/order/${id}/CancelOrder`, { reason: 'no' });
          if (end.includes('captured')) await post(`/v1/commands/payment/${id}/CapturePayment`);
          if (end === 'declined')
            await post(`/v1/commands/payment/${id}/DeclinePayment`, { reason: 'no' });
          if (end.startsWith('cancelled')) await cancel();
          if (luck.next().value < 30) await forget(`fulfilment/${id}`);
        }
        await settle(chaos);
        await everythingArrives([
          ...ids.flatMap((id) => ['order', 'payment', 'fulfilment'].map((type) => `${type}/${id}`)),
          ...products.map((product) => `product/${product}`),
        ]);
        await expectBalance(ids, products);
      },
    ),
    { numRuns: 6 },
  );
}, 120_000);

/** Time passes, and alarms make up for what the queue lost. */
async function everythingArrives(streams: readonly string[]): Promise<void> {
  for (let round = 0; round < 6; round++) {
    faults.clockSkewMs += 20 * MINUTE_MS;
    for (const stream of streams) await ring(stream);
    await settle();
  }
  faults.clockSkewMs = 0;
}

interface Stock {
  readonly onHand: number;
  readonly reserved: number;
}

async function expectBalance(ids: readonly string[], products: readonly string[]): Promise<void> {
  let shipped = 0;
  for (const id of ids) {
    const saga = await sagaOf(id);
    const { status } = await stateOf<{ status: string }>(`order/${id}`);
    const paid = await stateOf<{ status?: string } | undefined>(`payment/${id}`);
    expect(['completed', 'compensated'], JSON.stringify(saga)).toContain(saga.status);
    expect(status).toBe(saga.status === 'completed' ? 'shipped' : 'cancelled');
    expect(paid?.status === 'captured').toBe(status === 'shipped');
    if (status === 'shipped') {
      shipped += Object(saga.state).data.items.length;
      expect(await typesOf(`shipment/${id}`)).toEqual(['ShipmentCreated', 'ShipmentDispatched']);
    }
  }
  const stocks = await Promise.all(products.map((product) => stateOf<Stock>(`product/${product}`)));
  expect(stocks.map(({ reserved }) => reserved)).toEqual(products.map(() => 0));
  const left = stocks.reduce((sum, { onHand }) => sum + onHand, 0);
  expect(left + shipped).toBe(3 * products.length);
}
