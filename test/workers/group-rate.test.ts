/** What a group of eight consumers costs, in rows and in trips to D1, and how many messages it takes in a second. */
import { expect, test } from 'vitest';
import { billOfObject } from './support/bill.ts';
import { group, objectOfGroup, stubOfGroup, useGroups } from './support/consuming.ts';
import { faults } from './support/faults.ts';
import { fillFeed } from './support/filled-feed.ts';
import { useKeptQueue } from './support/harness.ts';
import { ownId } from './support/subscribing.ts';

useKeptQueue();
useGroups();

const EVENTS = 10_000;

test('CG18 eight consumers take 10,000 messages of 1,000 streams with 0.03 rows and 0.005 trips to D1 for each', async () => {
  await fillFeed(EVENTS, (position) => ownId(`s${position % 1_000}`));
  const name = await group();
  const bill = await billOfObject(objectOfGroup(name));
  let trips = 0;
  faults.beforeTrip = () => void trips++;
  const started = performance.now();
  const taken = await Promise.all(
    Array.from({ length: 8 }, async () => {
      const consumer = { holder: 'user:ops', publications: ['works'] };
      const stub = stubOfGroup(name);
      let count = 0;
      for (;;) {
        const received = await stub.receive(consumer, { max: 100, leaseMs: 30_000 });
        if (typeof received !== 'object' || !('messages' in received)) throw new Error('Refused.');
        const { messages, seen } = received;
        if (messages.length === 0 && count > 0) return count;
        if (messages.length === 0) await stub.news(seen, 1_000);
        const receipts = messages.map(({ receipt }) => receipt);
        await stub.answer(consumer, receipts, { kind: 'acknowledge' });
        count += messages.length;
      }
    }),
  );
  const seconds = (performance.now() - started) / 1_000;
  expect(taken.reduce((sum, one) => sum + one, 0)).toBe(EVENTS);
  const { rowsWritten } = bill.read();
  console.log(
    `${Math.round(EVENTS / seconds)} messages a second, ${rowsWritten} rows, ${trips} trips to D1.`,
  );
  expect(rowsWritten / EVENTS).toBeLessThanOrEqual(0.03);
  expect(trips / EVENTS).toBeLessThanOrEqual(0.005);
});
