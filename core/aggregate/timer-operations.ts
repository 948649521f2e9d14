/** Operators' operations on the timers of an aggregate. */

import { utcText } from '../values/time.ts';
import { type Failure, wrongState } from './outcome.ts';
import type { StoredTimer, TimerTable } from './timers.ts';

export const timerOperations = ['retry', 'cancel'] as const;

export interface TimerOperation {
  readonly operation: (typeof timerOperations)[number];
  readonly id: string;
  readonly actor: string;
  readonly reason: string;
}

/** The timer as it is after an operation, or why the operation is refused. */
export function operateTimer(
  table: TimerTable,
  operation: TimerOperation,
  nowMs: number,
): StoredTimer | Failure {
  const timer = table.find(operation.id);
  if (!timer) return { outcome: 'unknown', what: 'timer', name: operation.id };
  const done =
    operation.operation === 'cancel' ? cancelled(timer, operation, nowMs) : retried(timer, nowMs);
  if (!('outcome' in done)) table.put(done);
  return done;
}

function cancelled(
  timer: StoredTimer,
  { actor, reason }: TimerOperation,
  nowMs: number,
): StoredTimer | Failure {
  if (timer.state === 'cancelled') return wrongState(`The timer ${timer.id} is cancelled already.`);
  return { ...timer, state: 'cancelled', stop: { atMs: nowMs, actor, reason } };
}

/** A stopped timer fires at its time again; one whose command has thrown fires now. */
function retried(timer: StoredTimer, nowMs: number): StoredTimer | Failure {
  const { id, dueMs, command, data, origin, attempts } = timer;
  if (timer.state === 'scheduled' && attempts === 0) {
    return wrongState(`The timer ${id} has not failed. It fires at ${utcText(dueMs)}.`);
  }
  const atMs = timer.state === 'scheduled' ? Math.min(dueMs, nowMs) : dueMs;
  return { state: 'scheduled', id, dueMs: atMs, command, data, origin, attempts: 0 };
}
