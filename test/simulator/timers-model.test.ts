/** The timers of an object in SQL against the ones in memory: after any operations both are equal. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Timer } from '../../core/aggregate/decision.ts';
import { operateTimer, timerOperations } from '../../core/aggregate/timer-operations.ts';
import {
  changeTimers,
  dueTimer,
  parkTimer,
  type StoredTimer,
  type TimerTable,
  timerThrew,
} from '../../core/aggregate/timers.ts';
import { MemoryTimers } from '../../core/testing/memory-timers.ts';
import { comesBefore } from '../../core/values/compare-values.ts';
import { utcText } from '../../core/values/time.ts';
import { AGGREGATE_SCHEMA } from '../../durable-objects/aggregate/schema.ts';
import { Timers } from '../../durable-objects/aggregate/timers.ts';
import { ObjectTables } from '../../durable-objects/object-tables.ts';
import { objectsOf, SqlDatabase } from './sql.ts';

const RUNS = 300 * Number(process.env.LEDGE_SCALE ?? 1);
const START_MS = Date.UTC(2027, 0);

/** The tables of an object whose storage is this database. */
function tablesOf(database: SqlDatabase) {
  const exec = (sql: string, ...values: unknown[]) => {
    const rows = objectsOf(database.run(sql, values));
    return { toArray: () => rows, [Symbol.iterator]: () => rows.values() };
  };
  // What the timers use of it.
  const sql = { exec } as unknown as SqlStorage;
  const storage = { sql, transactionSync: <Result>(write: () => Result) => write() };
  return new ObjectTables(storage, AGGREGATE_SCHEMA, 'main/timed/t-1');
}

/** Names that JavaScript and SQLite would sort differently, if one of them could. */
const id = fc.constantFrom('a', 'b', 'b/1', 'B', 'é', '\uffff', '😀');

const change = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ set: id, afterMs: fc.integer({ min: -3_000, max: 9_000 }) }),
  },
  fc.record({ cancel: id }),
);

type Change = typeof change extends fc.Arbitrary<infer Value> ? Value : never;

const firing = fc.record({
  result: fc.constantFrom('answered', 'answered', 'answered', 'parked', 'threw'),
  changes: fc.array(change, { maxLength: 3 }),
});

type Firing = typeof firing extends fc.Arbitrary<infer Value> ? Value : never;

const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ changes: fc.array(change, { maxLength: 4 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({ firings: fc.array(firing, { minLength: 1, maxLength: 6 }) }),
  },
  fc.record({ operation: fc.constantFrom(...timerOperations), timer: id }),
  fc.record({ passesMs: fc.integer({ min: 0, max: 20_000_000 }) }),
  fc.constant('forget' as const),
);

function apply(table: TimerTable, changes: readonly Change[], nowMs: number, isByTimer: boolean) {
  for (const [index, one] of changes.entries()) {
    const origin = { causationId: 'c', correlationId: 'c', scheduleId: `${nowMs}/${index}` };
    changeTimers(table, timerOf(one, nowMs), { nowMs, isByTimer, origin, hops: index });
  }
}

function timerOf(change: Change, nowMs: number): Timer {
  if ('cancel' in change) return { timer: 'cancel', id: change.cancel };
  const at = utcText(nowMs + change.afterMs);
  return { timer: 'schedule', id: change.set, at, command: 'Go', data: { after: change.afterMs } };
}

/** One run of the alarm: what fired, in its order. */
function fire(table: TimerTable, firings: readonly Firing[], nowMs: number): StoredTimer[] {
  return firings.flatMap(({ result, changes }) => {
    const due = dueTimer(table, nowMs);
    if (!due) return [];
    if (result === 'threw') timerThrew(table, due, nowMs);
    else if (result === 'parked') parkTimer(table, due, 'failed', nowMs);
    else {
      table.remove(due.id);
      apply(table, changes, nowMs, true);
    }
    return [due];
  });
}

test(`M18 the timers of the object and those of the kit are one model (${RUNS} histories)`, () => {
  let fired = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), (steps) => {
      const database = new SqlDatabase();
      const memory = new MemoryTimers();
      let stored = new Timers(tablesOf(database));
      let nowMs = START_MS;
      for (const one of steps) {
        if (one === 'forget') stored = new Timers(tablesOf(database));
        else if ('passesMs' in one) nowMs += one.passesMs;
        else if ('changes' in one) {
          for (const table of [memory, stored]) apply(table, one.changes, nowMs, false);
        } else if ('firings' in one) {
          const expected = fire(memory, one.firings, nowMs);
          expect(fire(stored, one.firings, nowMs)).toEqual(expected);
          fired += expected.length;
        } else {
          const operation = { operation: one.operation, id: one.timer, actor: 'ann', reason: 'r' };
          const expected = operateTimer(memory, operation, nowMs);
          expect(operateTimer(stored, operation, nowMs)).toEqual(expected);
        }
        const all = [...memory].toSorted((a, b) => (comesBefore(a.id, b.id) ? -1 : 1));
        expect(stored.page({ after: '', limit: 100 }).timers).toEqual(all);
        expect(stored.next()).toEqual(memory.next());
        for (const timer of all) expect(stored.find(timer.id)).toEqual(timer);
      }
    }),
    { numRuns: RUNS },
  );
  expect(fired).toBeGreaterThan(RUNS / 10);
});
