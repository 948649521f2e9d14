/**
 * One aggregate: its log, its state and its relay, in one SQLite Durable Object named `tenant/type/id`.
 * One class serves every aggregate type of an app. Called over RPC by the Worker and woken by its alarm.
 */
import { DurableObject } from 'cloudflare:workers';
import type { Aggregate } from '../../core/aggregate.ts';
import { type App, findAggregate } from '../../core/app.ts';
import type { Command } from '../../core/command.ts';
import type { StoredEvent } from '../../core/event.ts';
import type { Moment } from '../../core/moment.ts';
import type { Outcome } from '../../core/outcome.ts';
import { parseObjectName, type StreamAddress } from '../../core/stream.ts';
import type { Ports } from '../ports.ts';
import { CONFIRM_AFTER_MS, confirmDelayMs, confirmRelay } from './confirm-relay.ts';
import { EventLog, type EventPage, type EventRange } from './event-log.ts';
import { type Executing, executeCommand } from './execute-command.ts';
import { type AggregateState, answeredState, MemoryImage } from './memory-image.ts';
import { Relay } from './relay.ts';
import { Snapshots } from './snapshots.ts';
import { type DueTimer, Timers } from './timers.ts';
import { type Storage, UnitOfWork } from './unit-of-work.ts';

/** More wait for the alarm that is set right after. Ours, to keep one run short. */
const TIMERS_AT_ONCE = 100;

/** The outcomes of a call so far, and what their events take. */
interface CallAnswer {
  readonly outcomes: Outcome[];
  bytes: number;
}

export function aggregateObject<Env>(app: App, ports: Ports<Env>) {
  return class AggregateObject extends DurableObject<Env> {
    readonly #address: StreamAddress;
    readonly #log: EventLog;
    readonly #image: MemoryImage;
    readonly #timers: Timers;
    readonly #relay: Relay;
    readonly #storage: Storage;
    readonly #executing: Executing;
    #awake = false;

    constructor(ctx: DurableObjectState, env: Env) {
      super(ctx, env);
      this.#address = addressOf(ctx.id);
      const aggregate = aggregateNamed(app, this.#address.aggregate);
      this.#log = new EventLog(ctx.storage.sql, this.#address);
      const snapshots = new Snapshots(ctx.storage.sql, aggregate.snapshots);
      this.#image = new MemoryImage(aggregate, this.#log, snapshots);
      this.#timers = new Timers(ctx.storage.sql);
      this.#relay = new Relay((message) => ports.sendEvents(env, message));
      this.#storage = { log: this.#log, image: this.#image, timers: this.#timers };
      const { nowMs, newId } = ports;
      this.#executing = { aggregate, address: this.#address, nowMs, newId };
    }

    /** Runs commands in order, each with an outcome of its own. */
    execute(commands: readonly Command[]): Outcome[] {
      this.#wake();
      const answer: CallAnswer = { outcomes: [], bytes: 0 };
      while (answer.outcomes.length < commands.length) {
        this.#executeUnit(answer, commands.slice(answer.outcomes.length));
      }
      return answer.outcomes;
    }

    currentState(): AggregateState {
      this.#wake();
      const { state, head } = this.#image.current();
      return answeredState({ version: head.version, state });
    }

    /** The state at a moment of the past. Undefined for a version that the stream does not have. */
    stateAt(moment: Moment): AggregateState | undefined {
      this.#wake();
      const found = this.#stateAt(moment);
      return found && answeredState(found);
    }

    #stateAt(moment: Moment): AggregateState | undefined {
      if ('occurredBy' in moment) return this.#image.asOccurredBy(Date.parse(moment.occurredBy));
      const version = this.#versionAt(moment);
      return version > this.#log.head().version ? undefined : this.#image.at(version);
    }

    headVersion(): number {
      this.#wake();
      return this.#log.head().version;
    }

    /** At most `limit` events that fit into a page: fewer than that are not the stream's end. */
    events(range: EventRange): readonly StoredEvent[] {
      return this.eventPage(range).events;
    }

    /** The same, with whether there are more. */
    eventPage(range: EventRange): EventPage {
      this.#wake();
      this.#log.head();
      return this.#log.page(range);
    }

    #versionAt(moment: { version: number } | { recordedBy: string }): number {
      if ('version' in moment) return moment.version;
      return this.#log.versionRecordedBy(Date.parse(moment.recordedBy));
    }

    override async alarm(): Promise<void> {
      for (const timer of this.#timers.due(ports.nowMs(), TIMERS_AT_ONCE)) this.#fire(timer);
      if (this.#unconfirmed()) await this.#confirm();
      this.#rearm();
    }

    /** The timer and what its command writes are one transaction: it fires once, or it is still there. */
    #fire(timer: DueTimer): void {
      const { id, command } = timer;
      try {
        const work = new UnitOfWork(this.#storage, [command]);
        work.endTimer(id);
        executeCommand(this.#executing, work, command);
        this.#store(work);
      } catch (error) {
        this.#report('error', command.name, error);
        this.#timers.postpone(timer, ports.nowMs());
      }
    }

    async #confirm(): Promise<void> {
      const { tenant } = this.#address;
      const error = await confirmRelay({
        log: this.#log,
        nowMs: ports.nowMs,
        projectedVersion: () => ports.projectedVersion(this.env, tenant, this.#log.stream),
        remind: (version) => this.#relay.remind(tenant, this.#log.stream, version),
      });
      if (error !== undefined) this.#report('warn', 'alarm', error);
    }

    /**
     * Executes the first commands, as many as fit into one unit of work: what all of them write is one transaction. If
     * that fails, each gets one of its own: what cannot be stored costs its own command, not its neighbours.
     */
    #executeUnit(answer: CallAnswer, commands: readonly Command[]): void {
      const outcomes: Outcome[] = [];
      try {
        const work = new UnitOfWork(this.#storage, commands, answer.bytes);
        for (const command of commands) {
          if (work.isFull) break;
          outcomes.push(this.#executeOne(work, command));
        }
        this.#store(work);
        answer.outcomes.push(...outcomes);
        answer.bytes = work.answeredBytes;
      } catch (error) {
        const [only, ...others] = commands;
        if (only && others.length === 0) {
          answer.outcomes.push(this.#failed(only, error));
          return;
        }
        const tried = commands.slice(0, outcomes.length || commands.length);
        for (const command of tried) this.#executeUnit(answer, [command]);
      }
    }

    /** A command that throws leaves nothing: a bug in the domain costs one command. */
    #executeOne(work: UnitOfWork, command: Command): Outcome {
      try {
        return executeCommand(this.#executing, work, command);
      } catch (error) {
        return this.#failed(command, error);
      }
    }

    #failed(command: Command, error: unknown): Outcome {
      this.#report('error', command.name, error);
      return { outcome: 'failed' };
    }

    #store(work: UnitOfWork): void {
      if (work.isEmpty) return;
      this.#commit(() => work.write());
      work.remember();
      this.#offer(work.events);
    }

    /**
     * Whether an alarm is armed follows from what is stored, so a command need not ask: one is armed while something
     * is unconfirmed, and for the next timer. Setting it is part of the transaction.
     */
    #commit(write: () => void): void {
      const confirmArmed = this.#unconfirmed();
      const timerMs = this.#timers.nextMs() ?? Infinity;
      this.#atomically(() => {
        write();
        const confirmNow = !confirmArmed && this.#unconfirmed();
        const nextTimerMs = this.#timers.nextMs() ?? Infinity;
        if (confirmNow || nextTimerMs < timerMs) this.#rearm(CONFIRM_AFTER_MS);
      });
    }

    #atomically<Result>(write: () => Result): Result {
      try {
        return this.ctx.storage.transactionSync(write);
      } catch (error) {
        this.#log.afterRollback();
        this.#image.afterRollback();
        this.#timers.afterRollback();
        throw error;
      }
    }

    #unconfirmed(): boolean {
      return this.#log.confirmedVersion() < this.#log.head().version;
    }

    /** The one alarm, for whatever comes first: the next timer or the next look at what is unconfirmed. */
    #rearm(confirmMs = this.#confirmDelayMs()): void {
      const nowMs = ports.nowMs();
      const confirmAtMs = this.#unconfirmed() ? nowMs + confirmMs : Infinity;
      const atMs = Math.min(confirmAtMs, this.#timers.nextMs() ?? Infinity);
      if (Number.isFinite(atMs)) void this.ctx.storage.setAlarm(atMs);
    }

    #confirmDelayMs(): number {
      const oldestMs = this.#log.recordedAtMs(this.#log.confirmedVersion() + 1) ?? ports.nowMs();
      return confirmDelayMs(ports.nowMs() - oldestMs, Math.random());
    }

    #offer(events: readonly StoredEvent[]): void {
      if (events.length === 0) return;
      const sent = this.#relay
        .offer(events)
        .catch((error: unknown) => this.#report('warn', 'relay', error));
      this.ctx.waitUntil(sent);
    }

    /** A fired alarm is used up: if the process died before it was set again, the first call after repairs it. */
    #wake(): void {
      if (this.#awake) return;
      this.#awake = true;
      const pending = this.#unconfirmed() || this.#timers.nextMs() !== undefined;
      if (pending) this.ctx.waitUntil(this.#repairAlarm());
    }

    async #repairAlarm(): Promise<void> {
      if ((await this.ctx.storage.getAlarm()) === null) this.#rearm();
    }

    #report(level: 'warn' | 'error', operation: string, error: unknown): void {
      const { tenant } = this.#address;
      ports.log(level, { operation, tenant, stream: this.#log.stream, error: String(error) });
    }
  };
}

function addressOf(id: DurableObjectId): StreamAddress {
  const address = parseObjectName(id.name ?? '');
  if (!address)
    throw new Error('An aggregate object must be addressed by the name tenant/type/id.');
  return address;
}

function aggregateNamed(app: App, name: string): Aggregate {
  const aggregate = findAggregate(app, name);
  if (!aggregate) throw new Error(`Aggregate ${name} is not in the app.`);
  return aggregate;
}
