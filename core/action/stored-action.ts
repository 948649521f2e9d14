/**
 * An action on one event, as it is stored beside the event until it has ended, and the rules by which it goes on. One that
 * has ended is not stored any more: an event that is in the log and has no stored action needs none.
 */
import { backoff } from '../values/backoff.ts';
import { withStableJitter } from '../values/jitter.ts';
import type { Action, KeptCommand } from './action.ts';

/**
 * `pending`: it is attempted, or waits for the next attempt or for the action on an event before. `answered`: its commands are
 * being sent. `parked`: nothing happens until an operator retries or skips it.
 */
export const actionStates = ['pending', 'answered', 'parked'] as const;

/** The commands of an action, kept before the first of them is sent. `of`: who made them, which is part of their keys. */
export interface KeptAnswer {
  readonly of: 'handler' | 'failure';
  readonly commands: readonly KeptCommand[];
}

export interface StoredAction {
  readonly action: string;
  /** Of its event. */
  readonly version: number;
  readonly state: (typeof actionStates)[number];
  /** Attempts that were begun, or that may have been: the first counts from the start. */
  readonly attempts: number;
  /** The time of the first attempt; with an answer, of the answer. */
  readonly sinceMs: number;
  /** When it goes on, unless it is going on already. */
  readonly dueMs: number;
  readonly answer: KeptAnswer | null;
  /** Of the last failure. */
  readonly cause: string | null;
}

/** Ours: after it an attempt without an end is taken for lost. */
const END_MS = 5_000;

const CALL_AFTER_MS = { first: 5_000, max: 3_600_000 };

/** Ours: of commands that cannot be sent. */
const SEND_AFTER_MS = { first: 1_000, max: 3_600_000 };

/** Ours, as for timers: time to deploy a fix. Then an operator retries. */
const SEND_MS_MAX = 5_400_000;

/** No attempt may begin any more, and the end of the last one was lost. The other system may have forgotten the key since. */
export const UNKNOWN_EFFECT =
  'The time for attempts has passed, and how the last one ended is not known. Whether the other system has acted is not known: compare with it, then retry or skip.';

export const RESTORED_EFFECT =
  'The object was restored to an earlier time. Whether the other system has acted on the event is not known: compare with it, then retry or skip.';

/** The action on a new event: its first attempt begins at once, unless there is an event before. */
export function newAction(
  { name, timeoutMs }: Pick<Action, 'name' | 'timeoutMs'>,
  version: number,
  nowMs: number,
): StoredAction {
  const first = { attempts: 1, sinceMs: nowMs, dueMs: lostAtMs(timeoutMs, nowMs) };
  return { action: name, version, state: 'pending', ...first, answer: null, cause: null };
}

/** When an attempt that begins now is taken for lost. */
export function lostAtMs(timeoutMs: number, nowMs: number): number {
  return nowMs + timeoutMs + END_MS;
}

/** The next attempt, which begins now; undefined where the policy has none left. */
export function nextAttempt(
  { retry, timeoutMs }: Pick<Action, 'retry' | 'timeoutMs'>,
  stored: StoredAction,
  nowMs: number,
): StoredAction | undefined {
  if (stored.attempts >= retry.attempts || nowMs - stored.sinceMs > retry.forMs) return undefined;
  return { ...stored, attempts: stored.attempts + 1, dueMs: lostAtMs(timeoutMs, nowMs) };
}

/** After an attempt that failed; undefined where no attempt may follow. `afterMs`: as the handler has said. */
export function postponed(
  { retry }: Pick<Action, 'retry'>,
  stored: StoredAction,
  failure: { readonly cause: string; readonly afterMs?: number | undefined },
  nowMs: number,
): StoredAction | undefined {
  const { action, version, attempts } = stored;
  const waitMs =
    failure.afterMs ??
    withStableJitter(backoff(CALL_AFTER_MS, attempts), `${action}@${version}/${attempts}`);
  const dueMs = nowMs + waitMs;
  if (attempts >= retry.attempts || dueMs - stored.sinceMs > retry.forMs) return undefined;
  return { ...stored, dueMs, cause: failure.cause };
}

export function answered(stored: StoredAction, answer: KeptAnswer, nowMs: number): StoredAction {
  const dueMs = nowMs + SEND_AFTER_MS.first;
  return { ...stored, state: 'answered', answer, sinceMs: nowMs, dueMs };
}

/** After a command that could not be sent: the delays double with the age of the answer. Undefined after the last one. */
export function sentLater(
  stored: StoredAction,
  cause: string,
  nowMs: number,
): StoredAction | undefined {
  const waitedMs = nowMs - stored.sinceMs;
  if (waitedMs > SEND_MS_MAX) return undefined;
  const waitMs = Math.min(Math.max(waitedMs, SEND_AFTER_MS.first), SEND_AFTER_MS.max);
  return { ...stored, dueMs: nowMs + waitMs, cause };
}

/** `answer`: null where the handler has to be called again. */
export function parked(
  stored: StoredAction,
  cause: string,
  answer: KeptAnswer | null = null,
): StoredAction {
  return { ...stored, state: 'parked', cause, answer };
}

/** By an operator: with its answer it is sent, else attempted, both from the beginning. */
export function retried(
  { timeoutMs }: Pick<Action, 'timeoutMs'>,
  stored: StoredAction,
  nowMs: number,
): StoredAction {
  const { action: name, version, answer, cause } = stored;
  if (answer) return answered(stored, answer, nowMs);
  return { ...newAction({ name, timeoutMs }, version, nowMs), cause };
}
