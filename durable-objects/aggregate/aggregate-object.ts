/**
 * One aggregate: its log, its state and its relay, in one SQLite Durable Object named `tenant/type/id`.
 * One class serves every aggregate type of an app. Called over RPC by the Worker and woken by its alarm.
 */

import { DurableObject } from 'cloudflare:workers';
import type { Aggregate } from '../../core/aggregate.ts';
import { type App, findAggregate } from '../../core/app.ts';
import type { Command } from '../../core/command.ts';
import { errorText } from '../../core/error-text.ts';
import type { StoredEvent } from '../../core/event.ts';
import type { Failure, Outcome } from '../../core/outcome.ts';
import { parseObjectName, type StreamAddress } from '../../core/stream.ts';
import { operateTimer, type TimerOperation } from '../../core/timer-operations.ts';
import type { StoppedTimer, StoredTimer } from '../../core/timers.ts';
import { ObjectTables } from '../object-tables.ts';
import type { Ports } from '../ports.ts';
import { confirmRelay } from './confirm-relay.ts';
import { DeliveryIncidents } from './delivery-incidents.ts';
import { EventLog, type EventPage, type EventRange } from './event-log.ts';
import { type Executing, executeCommand } from './execute-command.ts';
import { fireTimers } from './fire-timers.ts';
import { History, type HistoryPage, type HistoryRange } from './history.ts';
import { type AggregateState, answeredState, MemoryImage } from './memory-image.ts';
import { ObjectAlarm } from './object-alarm.ts';
import { Relay } from './relay.ts';
import { AGGREGATE_SCHEMA, type AggregateTables } from './schema.ts';
import { Snapshots } from './snapshots.ts';
import { timerIncident } from './timer-incident.ts';
import { type TimerPage, type TimerRange, Timers } from './timers.ts';
import { type Storage, UnitOfWork } from './unit-of-work.ts';

/** The outcomes of a call so far, and what their events take. */
interface CallAnswer {
  readonly outcomes: Outcome[];
  bytes: number;
}

/** How long the alarm waits for code that knows the storage format. Ours. */
const AWAIT_CODE_MS = 60_000;

/** `schema`: another one than the newest is for tests. */
export function aggregateObject<Env>(app: App, ports: Ports<Env>, schema = AGGREGATE_SCHEMA) {
  return class AggregateObject extends DurableObject<Env> {
    readonly #address: StreamAddress;
    readonly #tables: AggregateTables;
    readonly #log: EventLog;
    readonly #image: MemoryImage;
    readonly #history: History;
    readonly #timers: Timers;
    readonly #relay: Relay;
    readonly #storage: Storage;
    readonly #executing: Executing;
    readonly #incidents: DeliveryIncidents;
    readonly #alarm: ObjectAlarm;
    #awake = false;

    constructor(ctx: DurableObjectState, env: Env) {
      super(ctx, env);
      this.#tables = new ObjectTables(ctx.storage, schema, ctx.id.name);
      this.#address = addressOf(this.#tables.name);
      const aggregate = aggregateNamed(app, this.#address.aggregate);
      this.#log = new EventLog(this.#tables, this.#address);
      const snapshots = new Snapshots(this.#tables, aggregate.snapshots);
      this.#image = new MemoryImage(aggregate, this.#log, snapshots);
      this.#history = new History(this.#log, snapshots);
      this.#timers = new Timers(this.#tables);
      this.#relay = new Relay((message) => ports.sendEvents(env, message));
      this.#storage = { log: this.#log, image: this.#image, timers: this.#timers };
      this.#incidents = new DeliveryIncidents(
        { tenant: this.#address.tenant, stream: this.#log.stream },
        (incident) => ports.reportIncident(env, incident),
        (resolved) => ports.resolveIncident(env, resolved),
      );
      const { nowMs, newId } = ports;
      this.#alarm = new ObjectAlarm({
        storage: ctx.storage,
        log: this.#log,
        timers: this.#timers,
        nowMs,
      });
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

    /** A page of the past, for the Worker to fold. Undefined for a version that the stream does not have. */
    history(range: HistoryRange): Promise<HistoryPage | undefined> {
      this.#wake();
      return this.#history.page(range);
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

    timers(range: TimerRange): TimerPage {
      this.#wake();
      return this.#timers.page(range);
    }

    /** The timer as it is then, or why the operation is refused. Logged with its actor and reason. */
    operateTimer(operation: TimerOperation): StoredTimer | Failure {
      this.#wake();
      const done = this.#commit(() => operateTimer(this.#timers, operation, ports.nowMs()));
      if (!('outcome' in done)) this.#resolveTimers([operation.id]);
      const { tenant } = this.#address;
      const { operation: name, ...said } = operation;
      const outcome = 'outcome' in done ? done.outcome : done.state;
      ports.log('info', {
        operation: `timer/${name}`,
        tenant,
        stream: this.#log.stream,
        ...said,
        outcome,
      });
      return done;
    }

    /** Whatever fails, the next alarm is set: the runtime repeats one that throws only six times. */
    override async alarm(): Promise<void> {
      this.#alarm.forget();
      if (!this.#tables.hasKnownFormat) return this.#awaitCode();
      try {
        if (this.#alarm.isForgettable) await this.#forgetAll();
        this.#fireTimers();
      } catch (error) {
        this.#report('error', 'alarm', error);
      }
      if (this.#alarm.isUnconfirmed) await this.#confirm();
      this.#alarm.armNext();
    }

    /** The alarm is all that is set of an object that newer code has written: its timers and events wait. */
    async #awaitCode(): Promise<void> {
      this.#report('error', 'alarm', 'Newer code has written this object: deploy that code again.');
      await this.ctx.storage.setAlarm(ports.nowMs() + AWAIT_CODE_MS);
    }

    /** The storage as if the object had never been called. No call comes in between: the platform holds them back. */
    async #forgetAll(): Promise<void> {
      await this.ctx.storage.deleteAll();
      this.#startOver();
    }

    /** What is remembered of the storage may not be true any more. */
    #startOver(): void {
      this.#tables.refresh();
      this.#log.afterRollback();
      this.#image.discard();
      this.#timers.afterRollback();
      this.#alarm.forget();
    }

    #fireTimers(): void {
      fireTimers({
        storage: this.#storage,
        executing: this.#executing,
        nowMs: ports.nowMs,
        store: (work) => this.#store(work),
        threw: ({ command }, error) => this.#report('error', command, error),
        parked: (timer) => this.ctx.waitUntil(this.#reportParked(timer)),
      });
    }

    async #reportParked(timer: StoppedTimer): Promise<void> {
      const { command, stop } = timer;
      this.#report('error', `timer/${timer.id}`, `${command} is parked. ${stop.reason}`);
      const place = {
        tenant: this.#address.tenant,
        stream: this.#log.stream,
        version: this.#log.head().version,
        settledVersion: this.#log.confirmedVersion(),
      };
      try {
        await ports.reportIncident(this.env, timerIncident(timer, place));
      } catch (error) {
        this.#report('error', 'incident', error);
      }
    }

    async #confirm(): Promise<void> {
      const { tenant } = this.#address;
      const confirmation = await confirmRelay({
        log: this.#log,
        nowMs: ports.nowMs,
        projectedVersion: () => ports.projectedVersion(this.env, tenant, this.#log.stream),
        remind: (version) => this.#relay.remind(tenant, this.#log.stream, version),
      });
      if ('error' in confirmation) this.#report('warn', 'alarm', confirmation.error);
      await this.#incidents.note(this.#log.head().version, confirmation);
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
        work.discardState();
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

    #commit<Result>(write: () => Result): Result {
      const arm = this.#alarm.beforeWrite();
      const result = this.#atomically(() => {
        const result = write();
        arm();
        return result;
      });
      this.#resolveTimers(this.#timers.takeReleased());
      return result;
    }

    /** Timers that are parked no longer. Nothing here may fail what is committed. */
    #resolveTimers(ids: readonly string[]): void {
      for (const id of ids) this.ctx.waitUntil(this.#resolveTimer(id));
    }

    async #resolveTimer(id: string): Promise<void> {
      const { tenant } = this.#address;
      try {
        const place = { tenant, stream: this.#log.stream, version: this.#log.head().version };
        await ports.resolveIncident(this.env, { ...place, kind: `timer/${id}` });
      } catch (error) {
        this.#report('error', 'incident', error);
      }
    }

    #atomically<Result>(write: () => Result): Result {
      try {
        return this.ctx.storage.transactionSync(write);
      } catch (error) {
        this.#startOver();
        throw error;
      }
    }

    #offer(events: readonly StoredEvent[]): void {
      if (events.length === 0) return;
      const sent = this.#relay
        .offer(events)
        .catch((error: unknown) => this.#report('warn', 'relay', error));
      this.ctx.waitUntil(sent);
    }

    /**
     * Begins every call. The first one after the object woke makes up for an alarm that was lost.
     *
     * @throws UnknownFormat
     */
    #wake(): void {
      this.#tables.requireKnownFormat();
      if (this.#awake) return;
      this.#awake = true;
      this.ctx.waitUntil(this.#alarm.repair());
    }

    #report(level: 'warn' | 'error', operation: string, error: unknown): void {
      const { tenant } = this.#address;
      ports.log(level, { operation, tenant, stream: this.#log.stream, error: errorText(error) });
    }
  };
}

function addressOf(name: string): StreamAddress {
  const address = parseObjectName(name);
  if (!address)
    throw new Error('An aggregate object must be addressed by the name tenant/type/id.');
  return address;
}

function aggregateNamed(app: App, name: string): Aggregate {
  const aggregate = findAggregate(app, name);
  if (!aggregate) throw new Error(`Aggregate ${name} is not in the app.`);
  return aggregate;
}
