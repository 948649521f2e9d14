/**
 * All that a stream is made of, in pages: events, the outcomes of commands under their keys, timers, actions that have not
 * ended, and the key of a subject. The first page says up to which version the pages go, and has timers, actions and key as they
 * were at that version; events and outcomes up to it never change. What follows from the events, snapshots for one, is left out.
 */
import type { StoredAction } from '../../../core/action/stored-action.ts';
import type { StoredEvent } from '../../../core/aggregate/event.ts';
import type { StoredTimer } from '../../../core/aggregate/timers.ts';
import { KnownFault } from '../../../core/failures/known-fault.ts';
import { firstWithinBytes, valueBytes } from '../../../core/values/bytes.ts';
import type { ActionTable } from '../actions/action-table.ts';
import type { AggregateStorage } from '../aggregate-storage.ts';
import type { CommandRecord } from '../command-records.ts';
import type { WrappedSubjectKey } from '../subject-key-table.ts';
import type { Timers } from '../timers.ts';

/** Where a page begins that is not the first. */
export interface StreamPlace {
  /** The version up to which the pages go. */
  readonly upTo: number;
  /** The version after which its events begin. */
  readonly events: number;
  /** The key after which its outcomes begin. */
  readonly commands?: string;
}

export interface ExportedPage {
  /** Of the whole export of the stream. */
  readonly version: number;
  /** Of the event at that version; empty for a stream without events. */
  readonly eventId: string;
  readonly events: readonly StoredEvent[];
  readonly commands: readonly (CommandRecord & { readonly key: string })[];
  readonly timers: readonly StoredTimer[];
  /** Those that have not ended. */
  readonly actions: readonly StoredAction[];
  /** Of a subject of personal data: its key, wrapped. */
  readonly subjectKeys: readonly WrappedSubjectKey[];
  /** Undefined at the end. */
  readonly next: StreamPlace | undefined;
}

/** Ours: with an event and some outcomes they have to fit into a request of a restore. */
const TIMER_BYTES_MAX = 4_000_000;
const ACTION_BYTES_MAX = 1_000_000;

/** Ours: a row is a key and some numbers, or why a command was rejected. */
const COMMANDS_MAX = 1_000;
const COMMAND_BYTES_MAX = 1_000_000;

const EVENTS_MAX = 1_000;

/** At least one row, and as many as fit into `bytesMax`. */
export function exportPage(
  storage: AggregateStorage,
  place: StreamPlace | undefined,
  bytesMax: number,
): ExportedPage {
  const { log, records, timers, actions, subjectKeys } = storage;
  const version = place?.upTo ?? log.head().version;
  const [last] = version > 0 ? log.eventsBetween(version - 1, version) : [];
  const eventId = last?.id ?? '';
  const after = place?.events ?? 0;
  const page = log.page({ after, upTo: version, limit: EVENTS_MAX, bytesMax });
  const whole = {
    ...{ version, eventId, events: page.events },
    timers: place ? [] : allTimers(timers),
    actions: place ? [] : allActions(actions),
    subjectKeys: place ? [] : subjectKeys.all(),
  };
  if (page.more) {
    const events = page.events.at(-1)?.version ?? after;
    return { ...whole, commands: [], next: { upTo: version, events } };
  }
  const range = { after: place?.commands ?? '', upTo: version, limit: COMMANDS_MAX };
  const found = records.page(range).map(([key, record]) => ({ key, ...record }));
  const commands = firstWithinBytes(found, (one) => valueBytes(one), COMMAND_BYTES_MAX);
  const isWhole = commands.length === found.length && found.length < COMMANDS_MAX;
  const more = isWhole ? undefined : commands.at(-1);
  const next = more && { upTo: version, events: version, commands: more.key };
  return { ...whole, commands, next };
}

function allActions(actions: ActionTable): readonly StoredAction[] {
  const all = actions.all();
  if (valueBytes(all) > ACTION_BYTES_MAX)
    throw new KnownFault('The actions of the stream do not fit into an export.');
  return all;
}

function allTimers(timers: Timers): readonly StoredTimer[] {
  const all: StoredTimer[] = [];
  for (let more = true, bytes = 0; more; ) {
    const page = timers.page({ after: all.at(-1)?.id ?? '', limit: 1_000 });
    all.push(...page.timers);
    more = page.more;
    bytes += valueBytes(page.timers);
    if (bytes > TIMER_BYTES_MAX)
      throw new KnownFault('The timers of the stream do not fit into an export.');
  }
  return all;
}
