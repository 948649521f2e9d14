/** How much goes into one D1 batch: the events and row changes of whole plans, limited by number and by bytes. */
import type { StreamPlan } from '../../core/plan/plan-stream.ts';
import type { RowChange } from '../../core/projection/row-change.ts';
import { PAGE_BYTES_MAX, runsWithinBytes } from '../../core/values/bytes.ts';

/** Ours: D1 has one thread, which takes about 0.1 ms for an event and its rows. */
export const BATCH_EVENTS_MAX = 2_000;

/** An event counts at least so much, so that one limit holds for both. */
const EVENT_BYTES_MIN = PAGE_BYTES_MAX / BATCH_EVENTS_MAX;

/** Plans in their order, in batches that D1 can take. A plan is never divided. */
export function batchesOf(plans: readonly StreamPlan[]): StreamPlan[][] {
  return runsWithinBytes(plans, planBytes);
}

function planBytes({ moves }: StreamPlan): number {
  return moves.reduce((sum, { read, next, journal, changes }) => {
    const bytes = jsonLength(journal) + jsonLength(changes.map(values));
    return sum + Math.max(bytes, (next - read) * EVENT_BYTES_MIN);
  }, 0);
}

function values({ key, set, add, min, max }: RowChange): unknown[] {
  return [key, set, add, min, max];
}

/** What cannot be measured has a batch of its own, which fails by itself. */
function jsonLength(value: unknown): number {
  try {
    return JSON.stringify(value).length;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
