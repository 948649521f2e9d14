/**
 * The rules of timers, which are commands that an aggregate sends itself later. One model for the object, which stores
 * them in SQL, and for the test kit, which stores them in memory: both implement `TimerTable`.
 */

import { backoff } from '../values/backoff.ts';
import { comesBefore } from '../values/compare-values.ts';
import { isJson, type Json } from '../values/json.ts';
import { parseTime } from '../values/time.ts';
import { type Command, MACHINERY_KEY_PREFIX } from './command.ts';
import type { Timer } from './decision.ts';
import type { Failure, Outcome } from './outcome.ts';

/** The origin of a scheduled command: its events get it as causation and correlation. */
export interface TimerOrigin {
  readonly causationId: string;
  readonly correlationId: string;
  /** Part of the command's idempotency key: scheduling the same timer id again is another command. */
  readonly scheduleId: string;
  /**
   * The hops of the command that set the timer, if it is due within `TIMER_DISTANCE_MS`; a later timer counts from
   * zero.
   */
  readonly hops?: number;
}

interface TimerFields {
  /** Identifies it within its aggregate. */
  readonly id: string;
  readonly dueMs: number;
  readonly command: string;
  /** As the domain gave it: the command's schema parses it when the timer is due. */
  readonly data: Json;
  readonly origin: TimerOrigin;
  /** The number of times its command has thrown since it was set or retried. */
  readonly attempts: number;
}

export interface ScheduledTimer extends TimerFields {
  readonly state: 'scheduled';
}

/** A timer that no longer fires and stays stored. */
export interface StoppedTimer extends TimerFields {
  /** `parked`: its command had no definite outcome. `cancelled`: by an operator. */
  readonly state: 'parked' | 'cancelled';
  readonly stop: TimerStop;
}

export interface TimerStop {
  readonly atMs: number;
  readonly actor: string;
  readonly reason: string;
}

export type StoredTimer = ScheduledTimer | StoppedTimer;

export const timerStates = ['scheduled', 'parked', 'cancelled'] as const;

/** Storage for the timers of one aggregate, by id. */
export interface TimerTable {
  find(id: string): StoredTimer | undefined;
  /** Replaces the timer with the same id, whatever its state. */
  put(timer: StoredTimer): void;
  remove(id: string): void;
  /** The first scheduled timer in the order of `isDueBefore`. */
  next(): ScheduledTimer | undefined;
}

/** By time, then by id, so that the order is the same everywhere. */
export function isDueBefore(a: ScheduledTimer, b: ScheduledTimer): boolean {
  return a.dueMs === b.dueMs ? comesBefore(a.id, b.id) : a.dueMs < b.dueMs;
}

/**
 * The minimum delay in milliseconds of a timer that a timer's command sets. Our limit: a timer that reschedules itself
 * at once would write without bound; a second bounds it, and is small for a process of days.
 */
export const TIMER_DISTANCE_MS = 1_000;

/** The time and the command that set a timer. */
export interface TimerSetting {
  readonly nowMs: number;
  readonly isByTimer: boolean;
  readonly origin: Omit<TimerOrigin, 'hops'>;
  readonly hops?: number | undefined;
}

/** Applies a decision's timers, which have passed `checkTimers`. */
export function changeTimers(table: TimerTable, change: Timer, setting: TimerSetting): void {
  if (change.timer === 'cancel') table.remove(change.id);
  else table.put(scheduledTimer(change, setting));
}

function scheduledTimer(
  { id, at, command, data }: Extract<Timer, { timer: 'schedule' }>,
  { nowMs, isByTimer, origin, hops }: TimerSetting,
): ScheduledTimer {
  const atMs = parseTime(at);
  if (atMs === undefined || !isJson(data)) throw new Error(`The timer ${id} was not checked.`);
  const dueMs = isByTimer ? Math.max(atMs, nowMs + TIMER_DISTANCE_MS) : atMs;
  const isSoon = dueMs < nowMs + TIMER_DISTANCE_MS;
  const whole = { ...origin, ...(isSoon && hops !== undefined && { hops }) };
  return { state: 'scheduled', id, dueMs, command, data, origin: whole, attempts: 0 };
}

/** The timer to fire now. Read again after each timer, because its command may have changed the timers. */
export function dueTimer(table: TimerTable, nowMs: number): ScheduledTimer | undefined {
  const next = table.next();
  return next && next.dueMs <= nowMs ? next : undefined;
}

/** The actor that sends a timer's command and parks its timer. */
export const TIMER_ACTOR = `${MACHINERY_KEY_PREFIX}timer`;

export function isByTimer({ actor }: Pick<Command, 'actor'>): boolean {
  return actor === TIMER_ACTOR;
}

/** An accepted or rejected command ends the timer. Every other outcome parks it. */
export function withoutAnswer(outcome: Outcome): Failure | undefined {
  return outcome.outcome === 'accepted' || outcome.outcome === 'rejected' ? undefined : outcome;
}

const RETRY_AFTER_MS = { first: 10_000, max: 3_600_000 };

/** Attempts of a command that throws before its timer is parked: 85 minutes in all. Our limit: time to deploy a fix. */
export const TIMER_ATTEMPTS_MAX = 10;

/** After a command that threw: retries it with backoff, and parks it after the last attempt. */
export function timerThrew(table: TimerTable, timer: ScheduledTimer, nowMs: number): StoredTimer {
  const attempts = timer.attempts + 1;
  if (attempts >= TIMER_ATTEMPTS_MAX) {
    const reason = `failed: The command threw ${attempts} times; the log has its errors.`;
    return parkTimer(table, { ...timer, attempts }, reason, nowMs);
  }
  const postponed = { ...timer, attempts, dueMs: nowMs + backoff(RETRY_AFTER_MS, attempts) };
  table.put(postponed);
  return postponed;
}

/** After a command without an outcome: the reason is the failure's text. */
export function parkTimer(
  table: TimerTable,
  timer: ScheduledTimer,
  reason: string,
  atMs: number,
): StoppedTimer {
  const stop = { atMs, actor: TIMER_ACTOR, reason };
  const stopped = { ...timer, state: 'parked' as const, stop };
  table.put(stopped);
  return stopped;
}
