/**
 * Stores the pages of an export in an object that has nothing, each in one transaction, and releases the stream once it is
 * whole. A page that comes twice changes nothing, and so does a stream that is there already.
 */
import type { AggregateStorage } from '../aggregate-storage.ts';
import { appendedEvent } from '../event-rows.ts';
import type { ExportedPage } from './export-page.ts';
import type { RestoringStream } from './restoring-state.ts';

export type RestoredPage = Omit<ExportedPage, 'next'>;

/** What the object has to have before it takes commands. */
export interface ReleasedStream extends RestoringStream {
  readonly commands: number;
  readonly timers: number;
  readonly actions: number;
  readonly subjectKeys: number;
}

/**
 * `restoring`: more may follow. `whole`: the stream is there, restored now or before. `occupied`: it has other events.
 * `incomplete`: pages are missing.
 */
export interface RestoreStep {
  readonly state: 'restoring' | 'whole' | 'occupied' | 'incomplete';
  /** Of the log. */
  readonly version: number;
}

export function restorePage(storage: AggregateStorage, page: RestoredPage): RestoreStep {
  const { log, restoring, tables } = storage;
  if (tables.isStored && !restoring.open) return finished(storage, page);
  if (restoring.open && !isSame(restoring.open, page)) return at(storage, 'occupied');
  const head = log.head().version;
  const fresh = page.events.filter(({ version }) => version > head);
  if (!fresh.every(({ version }, index) => version === head + index + 1)) {
    return at(storage, 'incomplete');
  }
  storage.commit(() => {
    if (!restoring.open) restoring.begin(page);
    log.append(fresh.map(appendedEvent));
    storage.records.keep(page.commands.map(({ key, ...record }) => [key, record]));
    for (const timer of page.timers) storage.timers.put(timer);
    for (const action of page.actions) storage.actions.put(action);
    for (const key of page.subjectKeys) storage.subjectKeys.keep(key);
  });
  return at(storage, 'restoring');
}

/**
 * Its events count as confirmed: the restore brings D1 up to them afterwards. So no object of a large restore asks D1, and
 * none reports an incident.
 */
export function release(storage: AggregateStorage, stream: ReleasedStream): RestoreStep {
  const { log, records, restoring, subjectKeys, timers, actions } = storage;
  if (!restoring.open) return finished(storage, stream);
  if (!isSame(restoring.open, stream)) return at(storage, 'occupied');
  const isWhole =
    isSame({ version: log.head().version, eventId: log.head().id }, stream) &&
    records.count() === stream.commands &&
    timers.count() === stream.timers &&
    actions.count() === stream.actions &&
    subjectKeys.count() === stream.subjectKeys;
  if (!isWhole) return at(storage, 'incomplete');
  storage.commit(() => {
    restoring.end();
    log.confirm(stream.version);
  });
  return at(storage, 'whole');
}

/** Of an object that is not being restored: it has gone on since, or was never restored. */
function finished(storage: AggregateStorage, { version, eventId }: RestoringStream): RestoreStep {
  const { log, tables } = storage;
  if (log.head().version === 0) return at(storage, tables.isStored ? 'occupied' : 'incomplete');
  return at(storage, log.has(version, eventId) ? 'whole' : 'occupied');
}

function isSame(one: RestoringStream, other: RestoringStream): boolean {
  return one.version === other.version && one.eventId === other.eventId;
}

function at(storage: AggregateStorage, state: RestoreStep['state']): RestoreStep {
  return { state, version: storage.log.head().version };
}
