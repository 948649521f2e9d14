/**
 * Stores what consumers have confirmed. Where a confirmation is missing, asks D1 whether the events have arrived, and
 * sends overdue ones to the queue again. Never throws, because workerd retries an alarm only six times.
 */
import type { EventLog } from './event-log.ts';

/** The time until the first check. Our value: the platform may evict an idle object, and its memory, after 10 s. */
export const CONFIRM_AFTER_MS = 5_000;

/** The age at which events are overdue. Our value: the platform promises no delivery time. */
export const OVERDUE_AFTER_MS = 10_000;

const REMIND_AFTER_MS_MAX = 3_600_000;

/** The version that D1 has, and the id of its event there, where it is known. */
export interface ProjectedVersion {
  readonly version: number;
  readonly eventId?: string;
}

export interface RelayConfirmation {
  readonly log: EventLog;
  readonly nowMs: () => number;
  readonly projectedVersion: () => Promise<ProjectedVersion>;
  readonly remind: (version: number) => Promise<void>;
}

/**
 * The result of the check: `young` events are still in delivery, `overdue` ones need an operator. `restored`: D1 has
 * more than the log, or another event.
 */
export type Confirmation =
  | { readonly state: 'confirmed' | 'young' }
  | { readonly state: 'restored'; readonly journalVersion: number }
  | {
      readonly state: 'overdue';
      /** The stream's version in the journal; null if D1 could not be read. */
      readonly settledVersion: number | null;
      /** The error of the check or of the reminder. */
      readonly error?: unknown;
    };

/** Confirms the events, or sends a reminder. D1 is not asked about young events: it may be slow because it is busy. */
export async function confirmRelay(confirming: RelayConfirmation): Promise<Confirmation> {
  const { log } = confirming;
  let settledVersion: number | null = null;
  try {
    const head = log.head().version;
    const settled = log.settledVersion();
    if (settled < head && isYoung(confirming, settled)) return { state: 'young' };
    const asked: ProjectedVersion =
      settled < head ? await confirming.projectedVersion() : { version: settled };
    const { version: projected, eventId } = asked;
    if (!log.has(projected, eventId)) return { state: 'restored', journalVersion: projected };
    log.settle(projected);
    if (projected >= head) {
      log.confirm(head);
      return { state: 'confirmed' };
    }
    settledVersion = projected;
    if (isYoung(confirming, projected)) return { state: 'young' };
    await confirming.remind(head);
    return { state: 'overdue', settledVersion };
  } catch (error) {
    return { state: 'overdue', settledVersion, error };
  }
}

/** Whether the oldest event after the version is still in delivery. */
function isYoung({ log, nowMs }: RelayConfirmation, version: number): boolean {
  return nowMs() - (log.recordedAtMs(version + 1) ?? nowMs()) < OVERDUE_AFTER_MS;
}

/**
 * The delay until the next check. It grows with the age of the oldest unconfirmed event, so that delays double without
 * a stored counter. A tenth of jitter spreads the checks of many objects.
 */
export function confirmDelayMs(waitedMs: number, random: number): number {
  const waitMs = Math.min(Math.max(waitedMs, CONFIRM_AFTER_MS), REMIND_AFTER_MS_MAX);
  return Math.round(waitMs * (1 + random / 10));
}
