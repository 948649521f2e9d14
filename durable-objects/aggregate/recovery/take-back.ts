/**
 * Appends a page of the journal's events to a log that has lost them, in one transaction: with their ids, versions,
 * times and metadata, and with the keys of their commands. A timer that has fired since ends as a repeat of its command.
 * Actions are parked: whether another system has acted on an event is not in the journal.
 */
import type { StoredEvent } from '../../../core/aggregate/event.ts';
import { changeTimers } from '../../../core/aggregate/timers.ts';
import { KnownFault } from '../../../core/failures/known-fault.ts';
import type { AggregateStorage } from '../aggregate-storage.ts';
import { type CommandRecord, UNKNOWN_FINGERPRINT } from '../command-records.ts';
import { appendedEvent } from '../event-rows.ts';

/** Answers how many of the events the log did not have. @throws where one before them is missing from the journal */
export function takeBack(storage: AggregateStorage, events: readonly StoredEvent[]): number {
  const { log, records, subjectKeys, actions } = storage;
  const head = log.head().version;
  const lost = events.filter(({ version }) => version > head);
  const gap = lost.findIndex(({ version }, index) => version !== head + index + 1);
  if (gap >= 0) {
    throw new KnownFault(`The journal has no version ${head + gap + 1} of the stream.`);
  }
  if (lost.length === 0) return 0;
  storage.commit(() => {
    log.append(lost.map(appendedEvent));
    subjectKeys.follow(lost);
    actions.park(lost);
    records.join(recordsOf(lost));
  });
  return lost.length;
}

/**
 * Of the commands that led to the events: their ids are their keys. What they were sent with is not in the journal, so
 * that a repeat is not compared.
 */
function recordsOf(events: readonly StoredEvent[]): [string, CommandRecord][] {
  const perCommand = Map.groupBy(events, ({ metadata }) => metadata.commandId);
  return [...perCommand].map(([key, own]) => {
    const version = Math.max(...own.map((event) => event.version));
    const outcome = { outcome: 'accepted', version, events: own.length } as const;
    return [key, { fingerprint: UNKNOWN_FINGERPRINT, outcome }];
  });
}

/** Sets the timers that follow from the state, as those of a saga do, in the place of all that are scheduled. */
export function deriveTimers(
  { image, log, timers }: AggregateStorage,
  { nowMs, newId }: { readonly nowMs: () => number; readonly newId: () => string },
): void {
  const { state, head } = image.current();
  const [last] = log.eventsBetween(head.version - 1, head.version);
  const derive = image.aggregate.timersOf;
  if (!derive || !last) return;
  timers.removeScheduled();
  const { commandId: causationId, correlationId } = last.metadata;
  for (const timer of derive(state, new Date(nowMs()).toISOString())) {
    // What an operator has stopped stays stopped.
    if (timers.find(timer.id)) continue;
    const origin = { causationId, correlationId, scheduleId: newId() };
    changeTimers(timers, timer, { nowMs: nowMs(), isByTimer: false, origin });
  }
}
