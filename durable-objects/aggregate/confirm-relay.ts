/**
 * Stores what consumers have confirmed. Where a confirmation is missing, asks D1 whether the events have arrived, and
 * sends overdue ones to the queue again, unless it is still busy with older messages. Never throws, because workerd
 * retries an alarm only six times.
 */
import type { EventLog } from './event-log.ts';

/** The time until the first check. Our value: the platform may evict an idle object, and its memory, after 10 s. */
export const CONFIRM_AFTER_MS = 5_000;

/** The age at which events are overdue. Our value: the platform promises no delivery time. */
export const OVERDUE_AFTER_MS = 10_000;

/**
 * The age up to which events may wait in a queue with older messages. Our value: a reactor that fails keeps its message in
 * the queue for as long before its event is parked, and such a message must not keep lost ones of other streams for longer.
 */
export const QUEUED_MS_MAX = 900_000;

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
  /** The time of the oldest message that the queue has not delivered; undefined where it is not known. */
  readonly oldestMessageMs: () => Promise<number | undefined>;
  readonly remind: (version: number) => Promise<void>;
}

/**
 * The result of the check: `young` events are still in delivery, `queued` ones behind older messages, `overdue` ones need
 * an operator. `restored`: D1 has more than the log, or another event.
 */
export type Confirmation =
  | { readonly state: 'confirmed' | 'young' | 'queued' }
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
    if (await isQueued(confirming, projected)) return { state: 'queued' };
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

/** Whether the queue still has older messages than the message of the oldest event after the version. */
async function isQueued(confirming: RelayConfirmation, version: number): Promise<boolean> {
  const { log, nowMs, oldestMessageMs } = confirming;
  const recordedAtMs = log.recordedAtMs(version + 1) ?? 0;
  if (nowMs() - recordedAtMs >= QUEUED_MS_MAX) return false;
  return ((await oldestMessageMs()) ?? Infinity) <= recordedAtMs;
}

/**
 * The delay until the next check. It grows with the age of the oldest unconfirmed event, so that delays double without
 * a stored counter. One check is at the end of the time in a queue. A tenth of jitter spreads the checks of many objects.
 */
export function confirmDelayMs(waitedMs: number, random: number): number {
  const queuedMs = waitedMs < QUEUED_MS_MAX ? QUEUED_MS_MAX - waitedMs : Infinity;
  const delayMs = Math.min(waitedMs, queuedMs, REMIND_AFTER_MS_MAX);
  const waitMs = Math.max(delayMs, CONFIRM_AFTER_MS);
  return Math.round(waitMs * (1 + random / 10));
}
