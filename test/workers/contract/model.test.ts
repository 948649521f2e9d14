/** Random histories against the real object and the model, which must always agree. */
import { abortAllDurableObjects, runDurableObjectAlarm } from 'cloudflare:test';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Outcome } from '../../../core/aggregate/outcome.ts';
import { faults } from '../support/faults.ts';
import { deliver, evict, keptMessages, objectOf, useKeptQueue } from '../support/harness.ts';
import type { ContractCommand, EventStore } from './event-store.ts';
import { MemoryStore } from './memory-store.ts';
import { httpStore, objectStore } from './real-stores.ts';

useKeptQueue();

/** Objects as JSON.parse makes them. */
const plain = { noNullPrototype: true };

const order = fc.constantFrom('o-1', 'o-2', 'constructor');
const quantity = fc.integer({ min: 1, max: 5 });

const namedCommand = fc.oneof(
  fc.record({
    name: fc.constant('RegisterProduct'),
    data: fc.constant({ name: 'x', priceCents: 1 }),
  }),
  fc.record({ name: fc.constant('ReceiveStock'), data: fc.record({ quantity }, plain) }),
  fc.record({ name: fc.constant('ReserveStock'), data: fc.record({ order, quantity }, plain) }),
  fc.record({
    name: fc.constantFrom('ReleaseStock', 'ShipStock'),
    data: fc.record({ order }, plain),
  }),
);

const command = fc
  .tuple(
    namedCommand,
    fc.option(fc.constantFrom('k-1', 'k-2', 'k-3', 'k-4'), { nil: undefined }),
    fc.option(fc.integer({ min: 0, max: 6 }), { nil: undefined, freq: 4 }),
  )
  .map(([{ name, data }, idempotencyKey, expectedVersion]) => ({
    name,
    data,
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    ...(expectedVersion !== undefined && { expectedVersion }),
  }));

/** What may happen between two commands. None of it may be noticed. */
const disturbance = fc.constantFrom('evict', 'kill', 'alarm', 'deliver', 'clock-back', 'clock-on');

const step = fc.oneof(
  { weight: 5, arbitrary: command.map((wanted) => ({ wanted })) },
  { weight: 2, arbitrary: disturbance.map((happens) => ({ happens })) },
);

/** The versions, types and data: ids, times and tenants are the real one's own. */
function story(outcome: Outcome): unknown {
  if (outcome.outcome !== 'accepted') return outcome;
  const events = outcome.events.map(({ version, type, data }) => ({ version, type, data }));
  return { ...outcome, events };
}

async function disturb(stream: string, happens: string): Promise<void> {
  if (happens === 'evict') await evict(stream).catch(() => undefined);
  if (happens === 'kill') await abortAllDurableObjects();
  if (happens === 'alarm') await runDurableObjectAlarm(objectOf(stream));
  if (happens === 'deliver') await deliver(keptMessages());
  if (happens === 'clock-back') faults.clockSkewMs -= 60_000;
  if (happens === 'clock-on') faults.clockSkewMs += 3_600_000;
}

async function expectSameStory(
  real: EventStore,
  model: EventStore,
  stream: ContractCommand['stream'],
) {
  const [events, expected] = await Promise.all([real.events(stream), model.events(stream)]);
  const actual = events.map(({ version, type, data }) => ({ version, type, data }));
  expect(actual).toEqual(expected.map(({ version, type, data }) => ({ version, type, data })));
  expect(events.map(({ version }) => version)).toEqual(events.map((_, index) => index + 1));
  expect(await real.state(stream)).toEqual(await model.state(stream));
}

let run = 0;

test.for([
  ['object', objectStore],
  ['http', httpStore],
] as const)(
  'W11 the %s agrees with the model, with any disturbance in between',
  { timeout: 120_000 },
  async ([name, real]) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
        const stream: ContractCommand['stream'] = `product/model-${name}-${run++}`;
        const model = new MemoryStore();
        for (const one of steps) {
          if ('happens' in one) {
            await disturb(stream, one.happens);
            continue;
          }
          const wanted = { ...one.wanted, stream };
          expect(story(await real.execute(wanted))).toEqual(story(await model.execute(wanted)));
        }
        await expectSameStory(real, model, stream);
      }),
      { numRuns: 40 },
    );
  },
);

test('W12 concurrent clients see one order: their answers are the log, and later is later', async () => {
  const stream: ContractCommand['stream'] = 'product/linear';
  await httpStore.execute({ stream, name: 'RegisterProduct', data: { name: 'x', priceCents: 1 } });
  const history: { client: number; invoked: number; completed: number; version: number }[] = [];
  let clock = 0;
  const client = async (number: number) => {
    for (let turn = 0; turn < 20; turn++) {
      const invoked = clock++;
      const data = { quantity: number * 100 + turn + 1 };
      const outcome = await httpStore.execute({ stream, name: 'ReceiveStock', data });
      if (outcome.outcome !== 'accepted') throw new Error(outcome.outcome);
      history.push({ client: number, invoked, completed: clock++, version: outcome.version });
    }
  };
  await Promise.all(Array.from({ length: 16 }, (_, number) => client(number)));

  const versions = history.map(({ version }) => version).sort((a, b) => a - b);
  expect(versions).toEqual(Array.from({ length: 320 }, (_, index) => index + 2));
  for (const one of history) {
    const before = history.filter(({ completed }) => completed < one.invoked);
    expect(before.every(({ version }) => version < one.version)).toBe(true);
  }
  const events = await httpStore.events(stream, { limit: 1_000 });
  expect(events.map(({ version }) => version)).toEqual([1, ...versions]);
});
