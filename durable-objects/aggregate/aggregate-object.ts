/**
 * One aggregate: its log, its state and its relay, in one SQLite Durable Object named `tenant/type/id`. This class has
 * the RPC methods and the alarm. One class serves every aggregate type of an app.
 */

import { DurableObject } from 'cloudflare:workers';
import type { Access } from '../../core/access/define-access.ts';
import type { ActionOperation } from '../../core/action/action-operations.ts';
import type { StoredAction } from '../../core/action/stored-action.ts';
import type { StateQuestion } from '../../core/aggregate/authorization.ts';
import type { Command } from '../../core/aggregate/command.ts';
import type { StoredEvent } from '../../core/aggregate/event.ts';
import type { Failure, Outcome } from '../../core/aggregate/outcome.ts';
import { isEnd } from '../../core/aggregate/stream-end.ts';
import { operateTimer, type TimerOperation } from '../../core/aggregate/timer-operations.ts';
import type { StoredTimer } from '../../core/aggregate/timers.ts';
import type { App } from '../../core/app.ts';
import { KnownFault } from '../../core/failures/known-fault.ts';
import { RestoredObject } from '../../core/failures/restored-object.ts';
import type { ObjectClass } from '../object-class.ts';
import type { Ports } from '../ports.ts';
import type { ActionRange } from './actions/action-table.ts';
import { type AggregateParts, aggregateParts } from './aggregate-parts.ts';
import type { AggregateStorage } from './aggregate-storage.ts';
import { workOffAlarm } from './alarm-work.ts';
import type { EventPage, EventRange, Head, StreamEventPage } from './event-log.ts';
import type { HistoryPage, HistoryRange } from './history.ts';
import { type AggregateState, answeredState } from './memory-image.ts';
import type { RecoveryRun } from './recovery/recovery.ts';
import { runCommands } from './run-commands.ts';
import { AGGREGATE_SCHEMA } from './schema.ts';
import { mayRead, type Unreadable } from './state-access.ts';
import { type StoredSubjectKey, subjectKey } from './subject-key.ts';
import type { StoredTimerPage, TimerRange } from './timers.ts';
import { type ExportedPage, exportPage, type StreamPlace } from './transfer/export-page.ts';
import {
  type ReleasedStream,
  type RestoredPage,
  type RestoreStep,
  release,
  restorePage,
} from './transfer/restore-page.ts';

/** What an aggregate's object is made with. */
export interface AggregateObjectParts<Env> {
  readonly app: App;
  readonly access?: Access | undefined;
  readonly ports: Ports<Env>;
  /** For tests of older formats; left out: the newest. */
  readonly schema?: typeof AGGREGATE_SCHEMA;
}

export function aggregateObject<Env>(given: AggregateObjectParts<Env>): ObjectClass<Env> {
  return class AggregateObject extends DurableObject<Env> {
    readonly #parts: AggregateParts;
    readonly #storage: AggregateStorage;
    #awake = false;

    constructor(ctx: DurableObjectState, env: Env) {
      super(ctx, env);
      this.#parts = aggregateParts({ schema: AGGREGATE_SCHEMA, ...given, ctx, env });
      this.#storage = this.#parts.storage;
    }

    /** Executes commands in order, each with its own outcome. */
    execute(commands: readonly Command[]): Outcome[] {
      this.#wake();
      const refused = this.#refusal();
      return refused ? commands.map(() => refused) : runCommands(this.#parts.run, commands);
    }

    /** `question`: of a caller whose role may read it only where a rule over the state grants it. */
    currentState(question?: StateQuestion): AggregateState | Unreadable {
      this.#wake();
      if (!this.#mayRead(question)) return 'unreadable';
      const { state, head } = this.#storage.image.current();
      return answeredState({ version: head.version, state, ...this.#end(head) });
    }

    /** A page of the past, for the Worker to fold. Undefined for a version that the stream does not have. */
    async history(
      range: HistoryRange,
      question?: StateQuestion,
    ): Promise<HistoryPage | Unreadable | undefined> {
      this.#wake();
      return this.#mayRead(question) ? this.#storage.history.page(range) : 'unreadable';
    }

    headVersion(): number {
      this.#wake();
      return this.#storage.log.head().version;
    }

    /**
     * The consumer's confirmation that D1 has the events up to a version, with this event there. Writes nothing, unless
     * the log does not have it so: then the object was restored to an earlier time.
     */
    confirm(version: number, eventId?: string): void {
      this.#wake();
      const { log } = this.#storage;
      // An event before the newest one would have to be read: one that differs is found with the next message.
      const id = version === log.head().version ? eventId : undefined;
      if (log.has(version, id)) log.settle(version);
      else this.#parts.recovery.begin(version);
    }

    /** Compares the log with the journal, and takes back what the log has lost: see RecoveryRun. */
    recover(): Promise<RecoveryRun> {
      this.#wake();
      return this.#parts.recovery.run();
    }

    /** At most `limit` events, as many as fit into a page: fewer do not mean the end of the stream. */
    events(range: EventRange): readonly StoredEvent[] {
      return this.#eventPage(range).events;
    }

    /** The same, and whether there are more. */
    eventPage(range: EventRange, question?: StateQuestion): StreamEventPage | Unreadable {
      this.#wake();
      if (!this.#mayRead(question)) return 'unreadable';
      return { ...this.#eventPage(range), ...this.#end(this.#storage.log.head()) };
    }

    timers(range: TimerRange): StoredTimerPage {
      this.#wake();
      return this.#storage.timers.page(range);
    }

    /** The timer after the operation, or the reason of a refusal. Logged with its actor. */
    operateTimer(operation: TimerOperation): StoredTimer | Failure {
      this.#wake();
      const { ports } = given;
      const { tenant, timerIncidents } = this.#parts;
      const refused = this.#refusal();
      if (refused) return refused;
      const { timers, log } = this.#storage;
      const done = this.#storage.commit(() => operateTimer(timers, operation, ports.nowMs()));
      const isDone = !('outcome' in done);
      timerIncidents.resolved([...timers.takeReleased(), ...(isDone ? [operation.id] : [])]);
      const { operation: action, id: timer, actor: principal } = operation;
      const outcome = isDone ? done.state : done.outcome;
      const line = { tenant, stream: log.stream, timer, action, principal, outcome };
      ports.log('info', { operation: 'timer', ...line });
      return done;
    }

    /** Those that have not ended. */
    actions(range: ActionRange): readonly StoredAction[] {
      this.#wake();
      return this.#storage.actions.page(range);
    }

    /** See ActionRunner. Logged with its actor, and with the name where it is one of the code. */
    operateAction(operation: ActionOperation): StoredAction | Failure {
      this.#wake();
      const refused = this.#refusal();
      if (refused) return refused;
      const { tenant, actions } = this.#parts;
      const done = actions.operate(operation);
      const { operation: action, version, actor: principal } = operation;
      const found = 'outcome' in done ? { outcome: done.outcome } : { actionName: done.action };
      const line = { tenant, stream: this.#storage.log.stream, version, ...found };
      given.ports.log('info', { operation: 'action', ...line, action, principal });
      return done;
    }

    /** The key of a subject, in its object alone: after the command, which is executed where the subject has none. */
    async subjectKey(command?: Command): Promise<StoredSubjectKey | Failure | undefined> {
      this.#wake();
      return subjectKey(this.#parts, () => this.#refusal(), command);
    }

    /** How many keys of a subject are stored. */
    countSubjectKeys(): number {
      this.#wake();
      return this.#storage.subjectKeys.count();
    }

    /** A page of all that the stream is made of: see ExportedPage. @throws KnownFault while it is not whole */
    exportPage(place: StreamPlace | undefined, bytesMax: number): ExportedPage {
      this.#wake();
      if (this.#parts.recovery.isOpen) throw new KnownFault('The object takes its events back.');
      return exportPage(this.#storage, place, bytesMax);
    }

    /** Stores a page of an export in an object that has nothing, or goes on with it. */
    restorePage(page: RestoredPage): RestoreStep {
      this.#wake();
      return restorePage(this.#storage, page);
    }

    /** What was restored takes commands from now on, if it is what the export says. */
    release(stream: ReleasedStream): RestoreStep {
      this.#wake();
      return release(this.#storage, stream);
    }

    /** With its tenant, and for good: every later call is refused. */
    erase(): Promise<void> {
      return this.#storage.eraseAll();
    }

    override alarm(): Promise<void> {
      return workOffAlarm(this.#parts.alarmWork);
    }

    #eventPage(range: EventRange): EventPage {
      this.#wake();
      const { log } = this.#storage;
      log.assertCurrentInstance();
      if (range.follows !== undefined && !log.has(range.after, range.follows)) {
        this.#parts.recovery.begin(range.after);
        throw new RestoredObject(range.after);
      }
      return log.page(range);
    }

    #end({ type }: Head): { readonly ended?: true } {
      return isEnd(this.#storage.image.aggregate, type) ? { ended: true } : {};
    }

    #refusal(): Failure | undefined {
      const { log, restoring } = this.#storage;
      return this.#parts.recovery.refusal() ?? restoring.refusal(log.stream);
    }

    #mayRead(question: StateQuestion | undefined): boolean {
      const { stateAccess } = this.#parts.run.executing;
      return mayRead(stateAccess, question, () => this.#storage.image.current().state);
    }

    /**
     * Begins every call. The first call after the object wakes restores a lost alarm.
     *
     * @throws UnknownFormat
     */
    #wake(): void {
      this.#storage.tables.requireKnownFormat();
      if (this.#awake) return;
      this.#awake = true;
      this.ctx.waitUntil(this.#storage.alarm.repair());
    }
  };
}
