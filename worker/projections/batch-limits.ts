/** The limits of one D1 batch: the events, public events and row changes of whole plans, by number and by bytes. */
import type { StreamPlan } from '../../core/plan/plan-stream.ts';
import type { RowChange } from '../../core/projection/row-change.ts';
import { PAGE_BYTES_MAX, runsWithinBytes } from '../../core/values/bytes.ts';

/** Our limit: D1 has one thread, which takes about 0.1 ms per event with its rows. */
export const BATCH_EVENTS_MAX = 2_000;

/** The minimum that an event counts, so that one limit covers both number and bytes. */
const EVENT_BYTES_MIN = PAGE_BYTES_MAX / BATCH_EVENTS_MAX;

/** Groups plans, in order, into batches within the limits. A plan is never divided. */
export function batchesOf(plans: readonly StreamPlan[]): StreamPlan[][] {
  return runsWithinBytes(plans, planBytes);
}

function planBytes({ moves }: StreamPlan): number {
  return moves.reduce((sum, { read, next, journal, changes, published }) => {
    const rows = jsonLength(changes.map(values)) + jsonLength(published);
    const bytes = jsonLength(journal) + rows;
    return sum + Math.max(bytes, (next - read) * EVENT_BYTES_MIN);
  }, 0);
}

function values({ key, set, add, min, max }: RowChange): unknown[] {
  return [key, set, add, min, max];
}

/** A plan whose size cannot be computed gets a batch of its own, which fails alone. */
function jsonLength(value: unknown): number {
  try {
    return JSON.stringify(value).length;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
