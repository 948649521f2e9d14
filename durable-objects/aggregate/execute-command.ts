/**
 * One command against one aggregate, from its idempotency key to its outcome. Called by the aggregate's object.
 * Synchronous from the first read to the last write: two commands of one aggregate can never interleave.
 */
import {
  type Aggregate,
  type CheckedEvent,
  checkEvents,
  checkTimers,
} from '../../core/aggregate.ts';
import type { Command } from '../../core/command.ts';
import type { Context, Timer } from '../../core/decision.ts';
import type { EventMetadata, StoredEvent } from '../../core/event.ts';
import { accepted, type Outcome, type RejectedOutcome } from '../../core/outcome.ts';
import { type StreamAddress, streamName } from '../../core/stream.ts';
import type { EventLog, Head, RecordedOutcome } from './event-log.ts';
import type { MemoryImage } from './memory-image.ts';
import type { Timers } from './timers.ts';

export interface Executing {
  readonly aggregate: Aggregate;
  readonly address: StreamAddress;
  readonly log: EventLog;
  readonly image: MemoryImage;
  readonly timers: Timers;
  readonly nowMs: () => number;
  readonly newId: () => string;
  /** Commits what `write` does, and the alarm that it makes necessary, in one transaction, or nothing of it. */
  readonly commit: (write: () => void) => void;
}

/** The outcome, and the events that are new in the log because of it. */
export interface Execution {
  readonly outcome: Outcome;
  readonly appended: readonly StoredEvent[];
}

export function executeCommand(executing: Executing, command: Command): Execution {
  return repeated(executing, command) ?? decided(executing, command);
}

/** The recorded outcome when the key was seen before. */
function repeated({ log }: Executing, command: Command): Execution | undefined {
  if (command.idempotencyKey === undefined) return undefined;
  const record = log.commandRecord(command.idempotencyKey);
  if (!record) return undefined;
  const sameCommand = record.fingerprint === command.fingerprint;
  return unchanged(
    sameCommand ? replay(log, record.outcome) : { outcome: 'key-reused', stream: log.stream },
  );
}

function replay(log: EventLog, recorded: RecordedOutcome): Outcome {
  if (recorded.outcome === 'rejected') return { ...recorded, stream: log.stream, replayed: true };
  const { version, events } = recorded;
  const appended = events === 0 ? [] : log.page({ after: version - events, limit: events });
  return { ...accepted(log.stream, version, appended), replayed: true };
}

function decided(executing: Executing, command: Command): Execution {
  const { aggregate, log, image } = executing;
  const { state, head } = image.current();
  const { expectedVersion } = command;
  if (expectedVersion !== undefined && expectedVersion !== head.version) {
    const versions = { expected: expectedVersion, actual: head.version };
    return unchanged({ outcome: 'conflict', stream: log.stream, ...versions });
  }
  const decide = Object.hasOwn(aggregate.decide, command.name)
    ? aggregate.decide[command.name]
    : undefined;
  if (!decide) return unchanged({ outcome: 'unknown', what: 'command', name: command.name });

  const occasion = occasionOf(executing, command, head);
  const decision = decide(command.data, state, occasion.context);
  if (decision.decision === 'rejected') {
    const { reason, details } = decision;
    return rejectedExecution(executing, command, { version: head.version, reason, details });
  }
  const events = checkEvents(aggregate, decision);
  if ('outcome' in events) return unchanged(events);
  const timers = checkTimers(aggregate, decision.timers);
  return appendedExecution(executing, command, occasion, { events, timers });
}

interface Occasion {
  readonly context: Context;
  readonly recordedAt: string;
}

/** The clock may go back; a stream's recorded times never do. */
function occasionOf(executing: Executing, command: Command, head: Head): Occasion {
  const { address, nowMs, newId } = executing;
  const recordedAt = new Date(Math.max(nowMs(), head.recordedAtMs)).toISOString();
  const context = {
    tenant: address.tenant,
    id: address.id,
    version: head.version,
    actor: command.actor,
    now: recordedAt,
    occurredAt: command.occurredAt ?? recordedAt,
    newId,
  };
  return { context, recordedAt };
}

function rejectedExecution(
  { log, commit }: Executing,
  command: Command,
  rejection: Pick<RejectedOutcome, 'version' | 'reason' | 'details'>,
): Execution {
  const { idempotencyKey, fingerprint } = command;
  const outcome = { outcome: 'rejected', ...rejection } as const;
  if (idempotencyKey !== undefined) {
    commit(() => log.recordCommand(idempotencyKey, { fingerprint, outcome }));
  }
  return unchanged({ ...outcome, stream: log.stream });
}

/** What was accepted, after its schemas. */
interface Checked {
  readonly events: readonly CheckedEvent[];
  readonly timers: readonly Timer[];
}

function appendedExecution(
  executing: Executing,
  command: Command,
  occasion: Occasion,
  checked: Checked,
): Execution {
  const { log, image, timers, commit, newId } = executing;
  const { idempotencyKey, fingerprint } = command;
  const metadata = metadataOf(command, newId);
  const appended = storedEvents(executing, metadata, occasion, checked.events);
  const version = occasion.context.version + appended.length;
  const outcome = { outcome: 'accepted', version, events: appended.length } as const;
  const state = image.after(checked.events);
  if (appended.length > 0 || checked.timers.length > 0 || idempotencyKey !== undefined) {
    commit(() => {
      log.append(appended);
      image.snapshotIfDue(version, state);
      timers.change(checked.timers, causeOf(metadata), newId);
      if (idempotencyKey !== undefined) log.recordCommand(idempotencyKey, { fingerprint, outcome });
    });
  }
  image.advance(version, state);
  return { outcome: accepted(log.stream, version, appended), appended };
}

/** What a timer was caused by is the command that set it. */
function causeOf({ commandId, correlationId }: EventMetadata) {
  return { causationId: commandId, correlationId };
}

function storedEvents(
  { address, newId }: Executing,
  metadata: EventMetadata,
  { context, recordedAt }: Occasion,
  checked: readonly CheckedEvent[],
): StoredEvent[] {
  const { tenant } = address;
  const stream = streamName(address);
  const { occurredAt } = context;
  return checked.map(({ type, data, schemaVersion }, index) => ({
    id: newId(),
    tenant,
    stream,
    version: context.version + index + 1,
    type,
    schemaVersion,
    data,
    recordedAt,
    occurredAt,
    metadata,
  }));
}

function metadataOf(command: Command, newId: () => string): EventMetadata {
  const commandId = command.idempotencyKey ?? newId();
  const { traceparent, hops } = command;
  return {
    actor: command.actor,
    commandId,
    causationId: command.causationId ?? commandId,
    correlationId: command.correlationId ?? commandId,
    ...(traceparent !== undefined && { traceparent }),
    ...(hops !== undefined && { hops }),
  };
}

function unchanged(outcome: Outcome): Execution {
  return { outcome, appended: [] };
}
