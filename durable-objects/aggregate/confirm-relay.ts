/**
 * The alarm's work: asks D1 whether everything that was committed has arrived, and reminds the queue of what is
 * overdue. Called by the aggregate's object; it never throws, because the runtime gives an alarm only six retries.
 */
import type { EventLog } from './event-log.ts';

/** How long the way through the queue may take before it is looked after. Ours: the platform promises nothing. */
export const CONFIRM_AFTER_MS = 10_000;

const REMIND_AFTER_MS_MAX = 3_600_000;

export interface RelayConfirmation {
  readonly log: EventLog;
  readonly nowMs: () => number;
  readonly projectedVersion: () => Promise<number>;
  readonly remind: (version: number) => Promise<void>;
}

/** What the alarm found: `young` events are still on their way, `overdue` ones concern an operator. */
export type Confirmation =
  | { readonly state: 'confirmed' | 'young' }
  | {
      readonly state: 'overdue';
      /** How far the journal is; null where D1 could not say. */
      readonly settledVersion: number | null;
      /** What kept it from asking, or from reminding. */
      readonly error?: unknown;
    };

/** Confirms, or reminds. */
export async function confirmRelay(confirming: RelayConfirmation): Promise<Confirmation> {
  const { log } = confirming;
  let settledVersion: number | null = null;
  try {
    const head = log.head().version;
    const projected = await confirming.projectedVersion();
    if (projected >= head) {
      log.confirm(head);
      return { state: 'confirmed' };
    }
    settledVersion = projected;
    if (overdueMs(confirming, projected) < CONFIRM_AFTER_MS) return { state: 'young' };
    await confirming.remind(head);
    return { state: 'overdue', settledVersion };
  } catch (error) {
    return { state: 'overdue', settledVersion, error };
  }
}

function overdueMs({ log, nowMs }: RelayConfirmation, projected: number): number {
  return nowMs() - (log.recordedAtMs(projected + 1) ?? nowMs());
}

/**
 * When to look again, from stored facts alone: the longer the oldest unconfirmed event has waited, the longer the
 * next wait, so that waits double without a counter to keep. A tenth of jitter keeps a crowd from coming back at once.
 */
export function confirmDelayMs(waitedMs: number, random: number): number {
  const waitMs = Math.min(Math.max(waitedMs, CONFIRM_AFTER_MS), REMIND_AFTER_MS_MAX);
  return Math.round(waitMs * (1 + random / 10));
}
