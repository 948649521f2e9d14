/**
 * The guarantees of `runProjections`: exactly once, in stream order, with any behaviour of queue, D1 and other
 * consumers.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { streamWithoutId } from '../../worker/runtime/written-line.ts';
import { faults } from './support/faults.ts';
import { deliver, get, keptMessages, rowsOf, send, useKeptQueue } from './support/harness.ts';

useKeptQueue();

/** A registered product that received 1, 2, 3 … pieces: one message an event. */
async function productWith(id: string, receipts: number): Promise<string[]> {
  await send(`product/${id}`, 'RegisterProduct', { name: id, priceCents: 100 });
  for (let quantity = 1; quantity <= receipts; quantity++) {
    await send(`product/${id}`, 'ReceiveStock', { quantity });
  }
  return keptMessages();
}

async function onHand(id: string): Promise<unknown> {
  return (await get(`/v1/queries/products/${id}`)).body.onHand;
}

function journalOf(stream: string): Promise<{ version: number }[]> {
  return rowsOf('SELECT version FROM journal WHERE stream = ? ORDER BY position', stream);
}

async function expectExactlyOnce(id: string, receipts: number): Promise<void> {
  expect(await onHand(id)).toBe((receipts * (receipts + 1)) / 2);
  const versions = (await journalOf(`product/${id}`)).map(({ version }) => version);
  expect(versions).toEqual(Array.from({ length: receipts + 1 }, (_, index) => index + 1));
  const [checkpoint] = await rowsOf(
    'SELECT version FROM checkpoint WHERE stream = ?',
    `product/${id}`,
  );
  expect(checkpoint).toEqual({ version: receipts + 1 });
}

function permutations<Item>(items: readonly Item[]): Item[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, index) =>
    permutations(items.toSpliced(index, 1)).map((others) => [item, ...others]),
  );
}

describe('P1 exactly once', () => {
  test('though a message comes ten times, in one batch and in many', async () => {
    const messages = await productWith('duplicated', 2);
    await deliver(messages.flatMap((message) => Array.from({ length: 5 }, () => message)));
    for (const message of messages) await deliver(Array.from({ length: 5 }, () => message));
    await expectExactlyOnce('duplicated', 2);
  });

  test('when the consumer is killed after the commit and everything is delivered again', async () => {
    const messages = await productWith('committed', 3);
    faults.afterBatch = () => {
      throw new Error('D1_ERROR: Network connection lost.');
    };
    expect((await deliver(messages)).acked).toEqual([]);
    faults.afterBatch = () => undefined;
    expect((await deliver(messages)).retried).toEqual([]);
    await expectExactlyOnce('committed', 3);
  });

  test('though two consumers have the same events at once', async () => {
    const messages = await productWith('contended', 4);
    const consumers = Array.from({ length: 6 }, () => deliver(messages));
    const results = await Promise.all(consumers);
    expect(results.flatMap(({ retried }) => retried)).toEqual([]);
    await expectExactlyOnce('contended', 4);
  });

  test('though another consumer commits between the read of the checkpoint and the batch', async () => {
    const messages = await productWith('overtaken', 4);
    faults.beforeBatch = async (batch) => {
      if (batch === 1) await deliver(messages);
    };
    expect((await deliver(messages)).retried).toEqual([]);
    await expectExactlyOnce('overtaken', 4);
  });
});

describe('P2 in stream order', () => {
  test('for every order in which five messages of a stream can come', async () => {
    const messages = await productWith('permuted', 4);
    for (const [index, order] of permutations([0, 1, 2, 3, 4]).entries()) {
      const id = `permuted-${index}`;
      const renamed = messages.map((message) => message.replaceAll('permuted', id));
      await deliver(order.flatMap((position) => renamed[position] ?? []));
      expect(await onHand(id)).toBe(10);
    }
  });

  test('when each comes in a batch of its own, newest first', async () => {
    const messages = await productWith('reversed', 4);
    for (const message of messages.toReversed()) {
      expect((await deliver([message])).retried).toEqual([]);
    }
    await expectExactlyOnce('reversed', 4);
  });
});

test('P3 what the queue lost is read from the object', async () => {
  const messages = await productWith('gap', 5);
  await deliver(messages.slice(-1));
  await expectExactlyOnce('gap', 5);
});

test('P3 a stream of more than one page is read to its end', async () => {
  await send('troublesome/long', 'WorkMuch', { events: 2_500, noteLength: 1 });
  await deliver(keptMessages());
  expect(await journalOf('troublesome/long')).toHaveLength(2_500);
});

describe('P4 all of it or nothing', () => {
  test('when D1 fails before it commits', async () => {
    const messages = await productWith('d1-down', 2);
    faults.beforeBatch = () => {
      throw new Error('D1_ERROR: storage caused object to be reset');
    };
    expect((await deliver(messages)).retried).toHaveLength(3);
    expect(await journalOf('product/d1-down')).toEqual([]);
    faults.beforeBatch = () => undefined;
    await deliver(messages);
    await expectExactlyOnce('d1-down', 2);
  });

  test('when a row is refused: nothing of that projection, and everything of the others', async () => {
    await rowsOf("INSERT INTO products_v1 VALUES ('main', 'taken', 'in the way', 0, 0, 0)");
    expect((await deliver(await productWith('taken', 2))).retried).toEqual([]);
    expect(await onHand('taken')).toBe(0);
    expect(await journalOf('product/taken')).toHaveLength(3);
    const checkpoints = await rowsOf(
      "SELECT projection, version FROM checkpoint WHERE stream = 'product/taken'",
    );
    expect(checkpoints).toEqual([
      { projection: '', version: 3 },
      { projection: 'products@1', version: 0 },
    ]);
  });
});

describe('P5 a failing event holds back its own stream alone', () => {
  test('the ninety-nine others of its batch are applied, once', async () => {
    await rowsOf("INSERT INTO products_v1 VALUES ('main', 'many-50', 'in the way', 0, 0, 0)");
    const messages: string[] = [];
    for (let index = 0; index < 100; index++) {
      await send(`product/many-${index}`, 'RegisterProduct', { name: 'x', priceCents: 1 });
      messages.push(...keptMessages());
    }
    expect((await deliver(messages)).acked).toHaveLength(100);
    const journal = "SELECT count(*) AS n FROM journal WHERE stream LIKE 'product/many-%'";
    expect(await rowsOf(journal)).toEqual([{ n: 100 }]);
    const applied =
      "SELECT count(*) AS n FROM products_v1 WHERE product LIKE 'many-%' AND name = 'x'";
    expect(await rowsOf(applied)).toEqual([{ n: 99 }]);
    expect(faults.log.filter(({ operation }) => operation === 'park')).toMatchObject([
      { generation: 'products@1', stream: streamWithoutId('product/many-50'), version: 1 },
    ]);
  });

  test('and so does an object that cannot be read', async () => {
    const messages = await productWith('beside-unreadable', 1);
    const gone = { tenant: 'main', stream: 'vanished/v-1', version: 1, events: [] };
    const { acked, retried } = await deliver([JSON.stringify(gone), ...messages]);
    expect([acked.length, retried.length]).toEqual([2, 1]);
    await expectExactlyOnce('beside-unreadable', 1);
    expect(faults.log).toContainEqual(
      expect.objectContaining({
        operation: 'read-stream',
        stream: streamWithoutId('vanished/v-1'),
      }),
    );
  });

  test('the events before it are applied', async () => {
    const placed = { customer: 'ALFKI', country: 'Germany', lines: [line] };
    await send('order/stops', 'PlaceOrder', placed);
    await send('order/stops', 'ConfirmOrder');
    await send('order/stops', 'MarkShipped');
    const messages = keptMessages();
    const unknownTail = messages.map((message) => message.replace('OrderShipped', 'OrderVanished'));
    expect((await deliver(unknownTail)).retried).toHaveLength(1);
    expect((await get('/v1/queries/orders/stops')).body).toMatchObject({ status: 'confirmed' });
    await deliver(messages);
    expect((await get('/v1/queries/orders/stops')).body).toMatchObject({ status: 'shipped' });
  });
});

const line = { product: 'chai', quantity: 2, unitCents: 1_000, discountBp: 500 };

describe('P6 read your writes', () => {
  test('a query with a token includes the command while the queue does not deliver', async () => {
    const { headers } = await send('product/fresh', 'RegisterProduct', {
      name: 'x',
      priceCents: 1,
    });
    const token = headers.get('consistency-token') ?? '';
    expect((await get('/v1/queries/products/fresh')).status).toBe(404);
    expect((await get('/v1/queries/products/fresh', { 'consistent-with': token })).status).toBe(
      200,
    );
    await deliver(keptMessages());
    expect(await journalOf('product/fresh')).toHaveLength(1);
  });

  test('several tokens are all waited for', async () => {
    await send('product/token-a', 'RegisterProduct', { name: 'x', priceCents: 1 });
    await send('product/token-b', 'RegisterProduct', { name: 'x', priceCents: 1 });
    const tokens = 'product/token-a@1, product/token-b@1';
    expect((await get('/v1/queries/products/token-a', { 'consistent-with': tokens })).status).toBe(
      200,
    );
    expect((await get('/v1/queries/products/token-b')).status).toBe(200);
  });

  test('a version that the stream does not have is refused', async () => {
    await send('product/future', 'RegisterProduct', { name: 'x', priceCents: 1 });
    const answer = await get('/v1/queries/products', { 'consistent-with': 'product/future@9' });
    expect(answer).toMatchObject({ status: 400, body: { type: '/problems/invalid' } });
  });

  test.for(['nonsense', 'product/chai', 'nothing/chai@1', 'product/chai@-1', 'product/chai@1,'])(
    'the token %s is refused',
    async (token) => {
      expect((await get('/v1/queries/products', { 'consistent-with': token })).status).toBe(400);
    },
  );

  test('during an outage of D1 the response is 503, not a stale result', async () => {
    await send('product/d1-trouble', 'RegisterProduct', { name: 'x', priceCents: 1 });
    faults.beforeBatch = () => {
      throw new Error('D1_ERROR: Network connection lost.');
    };
    const token = { 'consistent-with': 'product/d1-trouble@1' };
    expect((await get('/v1/queries/products', token)).status).toBe(503);
  });

  test('a stream that cannot be projected is reported as parked, without a stale result', async () => {
    await rowsOf("INSERT INTO products_v1 VALUES ('main', 'stuck', 'in the way', 0, 0, 0)");
    await send('product/stuck', 'RegisterProduct', { name: 'x', priceCents: 1 });
    const answer = await get('/v1/queries/products', { 'consistent-with': 'product/stuck@1' });
    expect(answer).toMatchObject({ status: 409, body: { type: '/problems/parked' } });
  });
});

test('P7 a foreign message is retried, and the others of its batch are handled', async () => {
  const messages = await productWith('beside-junk', 1);
  const { acked, retried } = await deliver(['junk', '{"tenant":1}', ...messages]);
  expect(acked).toHaveLength(2);
  expect(retried).toHaveLength(2);
  await expectExactlyOnce('beside-junk', 1);
});

test('P8 after any history of the queue the read models equal the fold of the logs', async () => {
  let run = 0;
  await fc.assert(
    fc.asyncProperty(histories, async ({ receipts, deliveries, failing }) => {
      const ids = receipts.map((_, index) => `history-${run}-${index}`);
      run++;
      const messages = (
        await Promise.all(ids.map((id, index) => productWith(id, receipts[index] ?? 0)))
      )
        .flat()
        .concat(keptMessages());
      let batches = 0;
      faults.beforeBatch = () => {
        if (failing.includes(batches++)) throw new Error('D1_ERROR: Network connection lost.');
      };
      await Promise.all(
        deliveries.map((picks) =>
          deliver(picks.map((pick) => messages[pick % messages.length] ?? '')),
        ),
      );
      faults.beforeBatch = () => undefined;
      await deliver(messages);
      for (const [index, id] of ids.entries()) await expectExactlyOnce(id, receipts[index] ?? 0);
    }),
    { numRuns: 25 },
  );
}, 60_000);

/** Some streams, some batches of arbitrary messages delivered at the same time, some of D1's batches failing. */
const histories = fc.record({
  receipts: fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 4 }),
  deliveries: fc.array(fc.array(fc.nat(), { minLength: 1, maxLength: 12 }), { maxLength: 5 }),
  failing: fc.array(fc.nat({ max: 8 }), { maxLength: 4 }),
});

test('P10 the journal holds every event as it was stored', async () => {
  const note = 'quotes " and \\ and \n, é, 😀, \u0001, {"a":[1.5,1e-7,true,null]}';
  const { body } = await send(
    'troublesome/journalled',
    'Work',
    { note },
    { 'idempotency-key': 'k' },
  );
  await deliver(keptMessages());
  const [row] = await rowsOf<Record<string, string>>(
    "SELECT * FROM journal WHERE stream = 'troublesome/journalled'",
  );
  const {
    position: _position,
    tag: _tag,
    schema_version,
    recorded_at,
    occurred_at,
    data,
    metadata,
    ...same
  } = row ?? {};
  expect([
    {
      ...same,
      schemaVersion: schema_version,
      recordedAt: recorded_at,
      occurredAt: occurred_at,
      data: JSON.parse(data ?? ''),
      metadata: JSON.parse(metadata ?? ''),
    },
  ]).toEqual(body.events);
});
