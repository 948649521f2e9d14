/** The delays of messages that cannot be handled, and the limits of one D1 batch. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { StoredEvent } from '../../core/aggregate/event.ts';
import type { StreamPlan } from '../../core/plan/plan-stream.ts';
import { PAGE_BYTES_MAX } from '../../core/values/bytes.ts';
import { retryDelaySeconds } from '../../worker/consumers/retry-later.ts';
import { BATCH_EVENTS_MAX, batchesOf } from '../../worker/projections/batch-limits.ts';

const RETRIES = 100;

test('F14 a hundred retries are more than 11 hours, each at most 10 minutes away', () => {
  for (const random of [0, 0.5, 0.999]) {
    const delays = Array.from({ length: RETRIES }, (_, index) =>
      retryDelaySeconds(index + 1, random),
    );
    expect(Math.max(...delays)).toBeLessThanOrEqual(600);
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(1);
    expect(delays.reduce((sum, delay) => sum + delay)).toBeGreaterThan(11 * 3_600);
  }
});

function planOf(stream: string, events: number, characters: number): StreamPlan {
  const journal = Array.from({ length: events }, (_, index): StoredEvent => {
    const at = '2026-11-01T12:00:00.000Z';
    return {
      ...{ id: 'e', tenant: 'main', stream, version: index + 1, type: 'Worked', schemaVersion: 1 },
      ...{ data: { note: 'x'.repeat(characters) }, recordedAt: at, occurredAt: at },
      metadata: { actor: 'a', commandId: 'c', causationId: 'c', correlationId: 'c' },
    };
  });
  const position = { tenant: 'main', stream, version: 0, lagging: [] };
  const move = { generation: '', read: 0, next: events, journal, changes: [], published: [] };
  return { position, lanes: [], moves: [move], calls: [], parked: [], stalled: [] };
}

const sizes = fc.array(
  fc.tuple(fc.integer({ min: 1, max: 900 }), fc.integer({ min: 0, max: 4_000 })),
  {
    maxLength: 12,
  },
);

test('P13 a D1 batch takes at most 2,000 events and 4 MB, unless a single stream has more; no plan is lost', () => {
  fc.assert(
    fc.property(sizes, (all) => {
      const plans = all.map(([events, characters], index) =>
        planOf(`s/${index}`, events, characters),
      );
      const batches = batchesOf(plans);
      expect(batches.flat()).toEqual(plans);
      for (const batch of batches.filter(({ length }) => length > 1)) {
        const events = batch.flatMap(({ moves }) => moves.flatMap(({ journal }) => journal));
        expect(events.length).toBeLessThanOrEqual(BATCH_EVENTS_MAX);
        expect(JSON.stringify(events).length).toBeLessThanOrEqual(PAGE_BYTES_MAX);
      }
    }),
    { numRuns: 60 },
  );
});

test('P13 what cannot be measured has a batch of its own', () => {
  const broken = planOf('s/broken', 1, 10);
  Object.assign(broken.moves[0]?.journal[0] ?? {}, { data: { amount: 1n } });
  const [one, other] = [planOf('s/one', 1, 10), planOf('s/other', 1, 10)];
  expect(batchesOf([one, broken, other])).toEqual([[one], [broken], [other]]);
});
