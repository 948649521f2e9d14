/**
 * Many orders over few products with everything going wrong: nothing is lost, made up or done twice, and no
 * saga stops without a reason. LEDGE_SCALE makes more of it (20: two thousand); LEDGE_SEED repeats one run.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { entriesOf, keysOf } from '../../core/values/persistent-map.ts';
import { CrowdedShop, PRODUCTS, receivedOf } from './support/crowded-shop.ts';
import { env, rowsOf, useKeptQueue } from './support/harness.ts';
import { Luck } from './support/luck.ts';
import { sagaOf, shop, stateOf } from './support/shop.ts';
import { verifiedJournal } from './support/verified-journal.ts';

useKeptQueue();

const ORDERS = 100 * env.LEDGE_SCALE;
const seed = env.LEDGE_SEED ?? Date.now() % 1_000_000;

/** A quarter of an hour is what a payment may take; the last of six attempts comes within a minute. */
const ROUND_MINUTES = 20;
const ROUNDS_MAX = 20;

const crowded = new CrowdedShop(new Luck(seed), ORDERS);
const ended = new Map<string, string>();

interface Listed {
  readonly id: string;
  readonly status: string;
  readonly reason: string | null;
}

/** All of them, page by page. */
async function sagas(): Promise<Listed[]> {
  const found: Listed[] = [];
  let cursor = '';
  do {
    const { status, body } = await shop.get(`/v1/sagas?saga=fulfilment&limit=1000${cursor}`);
    expect({ status, body }).toMatchObject({ status: 200 });
    found.push(...(body.rows as Listed[]));
    cursor = body.cursor === undefined ? '' : `&cursor=${body.cursor}`;
  } while (cursor !== '');
  return found;
}

const isAtRest = ({ status }: Listed) =>
  status === 'completed' || status === 'compensated' || status === 'attention';

/** A saga that waits for neither an outcome nor a time would never continue. */
async function expectNoneStuck(): Promise<void> {
  for (const { id } of (await sagas()).filter((saga) => !isAtRest(saga))) {
    const { open, timeouts, phase } = await sagaOf(id);
    const waitsFor = [...keysOf(open), ...Object.keys(timeouts)];
    const isWell = phase === 'completed' || phase === 'compensated' || waitsFor.length > 0;
    expect(isWell, `${id} is ${phase} and waits for nothing`).toBe(true);
  }
}

describe(`Y7 ${ORDERS} orders, seed ${seed}`, () => {
  beforeAll(async () => {
    await crowded.open();
    await crowded.placeAll();
    await crowded.disturb();
    await expectNoneStuck();
    for (let round = 0; round < ROUNDS_MAX && ended.size < ORDERS; round++) {
      await crowded.pass(
        ROUND_MINUTES,
        crowded.orders.filter((order) => !ended.has(order)),
      );
      for (const saga of (await sagas()).filter(isAtRest)) ended.set(saga.id, saga.status);
    }
    // A saga that has ended may still have lost its last messages.
    for (let round = 0; round < 3; round++) await crowded.pass(ROUND_MINUTES, crowded.orders);
  }, 3_600_000);

  test('every saga is completed, compensated, or needs attention with a reason', async () => {
    expect(ended.size).toBe(ORDERS);
    const tally: Record<string, number> = {};
    for (const { id, status, reason } of await sagas()) {
      tally[status] = (tally[status] ?? 0) + 1;
      const { open } = await sagaOf(id);
      const awaits = Array.from(entriesOf(open), ([, effect]) => effect.awaits);
      expect(awaits.every((one) => one === 'attention')).toBe(true);
      expect(status === 'attention').toBe(awaits.length > 0);
      if (status !== 'completed') expect(reason).toEqual(expect.any(String));
    }
    expect(Object.keys(tally).toSorted()).toEqual(['attention', 'compensated', 'completed']);
    console.log(`${ORDERS} orders, seed ${seed}: ${JSON.stringify(tally)}`);
  }, 600_000);

  test('received stock is on hand or was shipped', async () => {
    for (const product of PRODUCTS) {
      const stream = `product/${product}`;
      const { onHand, reserved } = await stateOf(stream);
      const shipped = await sumOf('StockShipped', 'quantity', stream);
      expect({ product, reserved, all: Number(onHand) + shipped }).toEqual({
        product,
        reserved: 0,
        all: receivedOf(ORDERS),
      });
    }
  });

  test('the captured money is that of the shipped orders', async () => {
    const kept =
      (await sumOf('PaymentCaptured', 'cents')) - (await sumOf('PaymentRefunded', 'cents'));
    const [worth] = await rowsOf<{ cents: number }>(
      `SELECT coalesce(sum(placed.data ->> 'netCents'), 0) AS cents FROM journal AS placed
       WHERE placed.type = 'OrderPlaced' AND EXISTS (SELECT 1 FROM journal AS shipped
         WHERE shipped.stream = placed.stream AND shipped.type = 'OrderShipped')`,
    );
    expect(kept).toBe(worth?.cents);
    expect(kept).toBeGreaterThan(0);
  });

  test('no aggregate has two effects of one saga’s step, over all attempts', async () => {
    const twice = await rowsOf(
      `SELECT stream, type, rtrim(metadata ->> 'commandId', '0123456789') AS step, count(*) AS times
       FROM journal WHERE metadata ->> 'commandId' GLOB 'ledge:saga/*'
       GROUP BY stream, type, step HAVING times > 1`,
    );
    expect(twice).toEqual([]);
  });

  test('the journal is as the logs are', async () => {
    expect((await verifiedJournal(shop)).differences).toEqual([]);
  }, 600_000);
});

async function sumOf(type: string, member: string, stream = '*'): Promise<number> {
  const [found] = await rowsOf<{ total: number }>(
    `SELECT coalesce(sum(data ->> '${member}'), 0) AS total FROM journal WHERE type = ? AND stream GLOB ?`,
    type,
    stream,
  );
  return found?.total ?? 0;
}
