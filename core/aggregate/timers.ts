/**
 * What timers mean: commands that an aggregate sends itself later. One model for the object, which keeps them in SQL,
 * and for the test kit, which keeps them in memory: both are a `TimerTable`, and every rule is here.
 */

import { backoff } from '../values/backoff.ts';
import { comesBefore } from '../values/compare-values.ts';
import { isJson, type Json } from '../values/json.ts';
import { parseTime } from '../values/time.ts';
import { type Command, MACHINERY_KEY_PREFIX } from './command.ts';
import type { Timer } from './decision.ts';
import type { Failure, Outcome } from './outcome.ts';

/** Why a command was scheduled: what its events carry as cause and conversation. */
export interface TimerOrigin {
  readonly causationId: string;
  readonly correlationId: string;
  /** Makes the command's key this setting's own: the same id set again is another command. */
  readonly wish: string;
  /** Of the command that set a timer for less than `TIMER_DISTANCE_MS` later; a longer wait begins again. */
  readonly hops?: number;
}

interface TimerFields {
  /** Names it within its aggregate. */
  readonly id: string;
  readonly dueMs: number;
  readonly command: string;
  /** As the domain gave it: the command's schema reads it when it is due. */
  readonly data: Json;
  readonly origin: TimerOrigin;
  /** How often its command has thrown since it was set or retried. */
  readonly attempts: number;
}

export interface ScheduledTimer extends TimerFields {
  readonly state: 'scheduled';
}

/** A timer that does not fire any more, and is kept. */
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

/** Where the timers of one aggregate are kept, by their ids. */
export interface TimerTable {
  find(id: string): StoredTimer | undefined;
  /** Replaces the timer with the same id, whatever its state. */
  put(timer: StoredTimer): void;
  remove(id: string): void;
  /** The scheduled timer that is due first, by `isDueBefore`. */
  next(): ScheduledTimer | undefined;
}

/** By time, then by id, so that the order is the same everywhere. */
export function isDueBefore(a: ScheduledTimer, b: ScheduledTimer): boolean {
  return a.dueMs === b.dueMs ? comesBefore(a.id, b.id) : a.dueMs < b.dueMs;
}

/**
 * The least distance in milliseconds between a timer's command and a timer that it sets. Ours: a timer that sets
 * itself anew for now would write without bound; once a second is bounded, and no process of days notices.
 */
export const TIMER_DISTANCE_MS = 1_000;

/** When and by which command a timer is set. */
export interface TimerSetting {
  readonly nowMs: number;
  readonly isByTimer: boolean;
  readonly origin: Omit<TimerOrigin, 'hops'>;
  readonly hops?: number | undefined;
}

/** What a decision does to the timers. Its timers have passed `checkTimer`. */
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

/** The one timer to fire now. It is read again after each that fired: a command may have changed what is due. */
export function dueTimer(table: TimerTable, nowMs: number): ScheduledTimer | undefined {
  const next = table.next();
  return next && next.dueMs <= nowMs ? next : undefined;
}

/** The actor that sends a timer's command and parks its timer. */
export const TIMER_ACTOR = `${MACHINERY_KEY_PREFIX}timer`;

export function isByTimer({ actor }: Pick<Command, 'actor'>): boolean {
  return actor === TIMER_ACTOR;
}

/** Accepted and rejected are answers: they end the timer. Everything else parks it. */
export function withoutAnswer(outcome: Outcome): Failure | undefined {
  return outcome.outcome === 'accepted' || outcome.outcome === 'rejected' ? undefined : outcome;
}

const RETRY_AFTER_MS = { first: 10_000, max: 3_600_000 };

/** Attempts of a command that throws before its timer is parked: 85 minutes. Ours: time to deploy a correction. */
export const TIMER_ATTEMPTS_MAX = 10;

/** After a command that threw: retried ever later, parked at the last attempt. */
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

/** After a command without an answer: the reason is the failure in words. */
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
