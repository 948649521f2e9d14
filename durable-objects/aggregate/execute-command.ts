/**
 * Executes one command on one aggregate, from its idempotency key to its outcome. Adds its events to a unit of work in
 * memory, which is stored atomically.
 */
import {
  type Aggregate,
  type CheckedEvent,
  checkImported,
} from '../../core/aggregate/aggregate.ts';
import type { Command, ImportedEvent } from '../../core/aggregate/command.ts';
import { type AcceptedCommand, decideCommand } from '../../core/aggregate/decide-command.ts';
import type { Context } from '../../core/aggregate/decision.ts';
import type { EventMetadata } from '../../core/aggregate/event.ts';
import {
  type Failure,
  type Outcome,
  type RejectedOutcome,
  withoutEvents,
  wrongState,
} from '../../core/aggregate/outcome.ts';
import { type StreamAddress, streamName } from '../../core/aggregate/stream.ts';
import { isEnd, streamEnded } from '../../core/aggregate/stream-end.ts';
import { isByTimer, type TimerSetting } from '../../core/aggregate/timers.ts';
import type { InSpan } from '../../core/operations/span.ts';
import type { AppendedEvent } from './event-rows.ts';
import { refusedByState, type StateAccess, withReadableEvents } from './state-access.ts';
import { sized, type UnitOfWork } from './unit-of-work.ts';

export interface CommandExecution {
  readonly aggregate: Aggregate;
  readonly address: StreamAddress;
  readonly nowMs: () => number;
  readonly newId: () => string;
  readonly inSpan: InSpan;
  readonly stateAccess: StateAccess;
}

/** @throws what the domain throws; the unit of work then has nothing of the command */
export function executeCommand(
  executing: CommandExecution,
  work: UnitOfWork,
  command: Command,
): Outcome {
  const { address, inSpan } = executing;
  let outcome: Outcome | undefined;
  const attributes = () => ({
    ...{ aggregate: address.aggregate, command: command.name, stream: work.stream },
    correlations: [command.correlationId ?? correlationOf(outcome)],
  });
  return inSpan('ledge.command', attributes, () => {
    outcome = authorized(executing, work, command);
    return outcome;
  });
}

/** Without a trace of its caller a command begins a process of its own. */
function correlationOf(outcome: Outcome | undefined): string | undefined {
  return outcome?.outcome === 'accepted' ? outcome.events[0]?.metadata.correlationId : undefined;
}

function authorized(executing: CommandExecution, work: UnitOfWork, command: Command): Outcome {
  if (!command.authorization) return executed(executing, work, command);
  const state = () => work.state;
  const rules = discarding(executing.stateAccess, work);
  const refused = refusedByState(rules, command, state);
  const outcome = refused
    ? (ownRepeat(work, command) ?? refused)
    : executed(executing, work, command);
  return withReadableEvents(rules, command, outcome, state);
}

/**
 * The outcome of an accepted command whose sender repeats it. Its own events may have ended what the rule grants, and a
 * refusal would say that it was not executed.
 */
function ownRepeat(work: UnitOfWork, command: Command): Outcome | undefined {
  const kept = repeated(work, command);
  const isOwn = kept?.outcome === 'accepted' && kept.events[0]?.metadata.actor === command.actor;
  return isOwn ? kept : undefined;
}

function executed(executing: CommandExecution, work: UnitOfWork, command: Command): Outcome {
  const outcome = repeated(work, command) ?? decided(executing, work, command);
  // The importer has its events.
  return command.imports && outcome.outcome === 'accepted' ? withoutEvents(outcome) : outcome;
}

/** A rule that throws may have mutated the state before. */
function discarding(stateAccess: StateAccess, work: UnitOfWork): StateAccess {
  const fault = (error: unknown) => {
    stateAccess.fault(error);
    work.discardState();
  };
  return { ...stateAccess, fault };
}

/** The recorded outcome of a known key. */
function repeated(work: UnitOfWork, command: Command): Outcome | undefined {
  if (command.idempotencyKey === undefined) return undefined;
  const kept = work.outcomeOf(command.idempotencyKey, command.fingerprint);
  if (kept === 'key-reused') return { outcome: 'key-reused', stream: work.stream };
  return kept && { ...kept, replayed: true };
}

function decided(executing: CommandExecution, work: UnitOfWork, command: Command): Outcome {
  const { version } = work.head;
  const misplaced = command.imports && misplacedImport(work);
  if (misplaced) return misplaced;
  const conflict = conflictOf(command, work.stream, version);
  if (conflict) return conflict;
  if (version === 0 && command.insteadOfBeginning) return command.insteadOfBeginning;
  const context = contextOf(executing, work, command);
  const decision = decisionOf(executing, work, command, context);
  if ('outcome' in decision) return decision;
  if (decision.decision === 'rejected') {
    const { reason, details } = decision;
    return rejection(work, command, { version, reason, details });
  }
  return acceptance(executing, work, command, context, decision);
}

function decisionOf(
  { aggregate }: CommandExecution,
  work: UnitOfWork,
  command: Command,
  context: Context,
): ReturnType<typeof decideCommand> {
  const { imports, name: type, data } = command;
  const isEnded = isEnd(aggregate, work.head.type);
  if (!imports) return decideCommand(aggregate, work.state, command, context, isEnded);
  if (isEnded) return streamEnded;
  const event = checkImported(aggregate, { type, data, schemaVersion: imports.schemaVersion });
  return 'outcome' in event ? event : { decision: 'accepted', events: [event], timers: [] };
}

/** Imported history comes first: nothing of it is put behind what was decided here. */
function misplacedImport(work: UnitOfWork): Failure | undefined {
  const newest = work.newestEvent();
  if (!newest || newest.metadata.imported) return undefined;
  return wrongState(
    `${work.stream} has taken commands: its event ${newest.version} is not imported. Nothing is imported behind it.`,
  );
}

/** Every given precondition has to hold. */
function conflictOf(
  { expectedVersion, isNew }: Command,
  stream: string,
  version: number,
): Outcome | undefined {
  const conflict = { outcome: 'conflict', stream, actual: version } as const;
  if (expectedVersion !== undefined && expectedVersion !== version) {
    return { ...conflict, expected: expectedVersion };
  }
  return isNew && version > 0 ? { ...conflict, expected: 0 } : undefined;
}

/** The clock may go back; the recorded times of a stream never do. */
function contextOf(
  { address, nowMs, newId }: CommandExecution,
  { head }: UnitOfWork,
  command: Command,
) {
  const now = new Date(Math.max(nowMs(), head.recordedAtMs)).toISOString();
  return {
    tenant: address.tenant,
    id: address.id,
    version: head.version,
    actor: command.actor,
    now,
    occurredAt: command.occurredAt ?? now,
    newId,
  };
}

function rejection(
  work: UnitOfWork,
  { idempotencyKey, fingerprint }: Command,
  why: Pick<RejectedOutcome, 'version' | 'reason' | 'details'>,
): Outcome {
  const outcome = { outcome: 'rejected', ...why } as const;
  if (idempotencyKey !== undefined) work.keep(idempotencyKey, fingerprint, outcome);
  return { ...outcome, stream: work.stream };
}

function acceptance(
  executing: CommandExecution,
  work: UnitOfWork,
  command: Command,
  context: Context,
  { events, timers }: AcceptedCommand,
): Outcome {
  const { newId } = executing;
  const { idempotencyKey, fingerprint } = command;
  const metadata = metadataOf(command, newId);
  const appended = appendedEvents(executing, metadata, context, events);
  work.append(appended);
  for (const timer of timers)
    work.changeTimer(timer, timerSetting(command, context, metadata, newId));
  const { version } = work.head;
  const recorded = { outcome: 'accepted', version, events: appended.length } as const;
  if (idempotencyKey !== undefined) work.keep(idempotencyKey, fingerprint, recorded);
  return work.answer(recorded, sized(appended));
}

/** The command that sets a timer is its cause. */
function timerSetting(
  command: Command,
  { now }: Context,
  { commandId, correlationId }: EventMetadata,
  newId: () => string,
): TimerSetting {
  return {
    nowMs: Date.parse(now),
    isByTimer: isByTimer(command),
    origin: { causationId: commandId, correlationId, scheduleId: newId() },
    hops: command.hops,
  };
}

function appendedEvents(
  { address, newId }: CommandExecution,
  metadata: EventMetadata,
  { version, now, occurredAt }: Context,
  checked: readonly CheckedEvent[],
): AppendedEvent[] {
  const { tenant } = address;
  const stream = streamName(address);
  return checked.map(({ type, data, schemaVersion, text, bytes }, index) => {
    const place = { id: newId(), tenant, stream, version: version + index + 1 };
    const times = { recordedAt: now, occurredAt };
    return { event: { ...place, type, schemaVersion, data, ...times, metadata }, text, bytes };
  });
}

function metadataOf(command: Command, newId: () => string): EventMetadata {
  const commandId = command.idempotencyKey ?? newId();
  const { actor, credential, traceparent, hops, imports } = command;
  return {
    actor,
    ...(credential !== undefined && { credential }),
    commandId,
    causationId: command.causationId ?? commandId,
    correlationId: command.correlationId ?? commandId,
    ...(traceparent !== undefined && { traceparent }),
    ...(hops !== undefined && { hops }),
    ...(imports && importMark(imports)),
  };
}

function importMark({ sourceId }: ImportedEvent): Pick<EventMetadata, 'imported' | 'sourceId'> {
  return { imported: true, ...(sourceId !== undefined && { sourceId }) };
}
