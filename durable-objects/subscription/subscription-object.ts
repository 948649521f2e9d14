/**
 * Delivers the events of a publication to one target, on its alarm. It stores its place in the feed, the events that were
 * not delivered, and the last attempts; a batch that has written events wakes it, and once a minute the cron does if it is
 * behind, so that a process that dies between both loses nothing.
 */
import { DurableObject } from 'cloudflare:workers';
import { UnreadableSecret } from '../../core/failures/unreadable-secret.ts';
import type { DeliveryAttempt, HeldStream } from '../../core/operator-shapes/subscription.ts';
import type { JournalPosition } from '../../core/plan/journal-position.ts';
import { faultOf, type SubscriptionFault } from '../../core/subscription/subscription-fault.ts';
import { FAILED_LONG_MS, troubleOf } from '../../core/subscription/subscription-trouble.ts';
import { HEALTHY, isBroken } from '../../core/subscription/target-health.ts';
import { backoff } from '../../core/values/backoff.ts';
import { utcText } from '../../core/values/time.ts';
import { ALARM_DISTANCE_MS, armBy } from '../alarm.ts';
import { type HeldCounts, HeldStreams } from '../feed-reader/held-streams.ts';
import type { ObjectClass } from '../object-class.ts';
import { ObjectTables } from '../object-tables.ts';
import { attemptOf, DeliveryRound } from './delivery-round.ts';
import type { Delivery, SubscriptionPorts } from './ports.ts';
import {
  type NewSubscription,
  type SealedSecret,
  SUBSCRIPTION_SCHEMA,
  type SubscriptionRecord,
  SubscriptionRow,
} from './stored-subscription.ts';

/** Our limit on one run of the alarm; the platform allows 15 minutes. */
const RUN_MS_MAX = 30_000;

/** Ours, some hundred kB: the place in the feed is stored once for all of them. */
const PAGE_EVENTS = 100;

/** Ours: without anything to do it looks after its secret and its row of D1, which a restore of D1 may have lost. */
const TENDED_EVERY_MS = 3_600_000;

const RETRY_AFTER_MS = { first: 2_000, max: 60_000 };

/** A subscription as the Worker reads it. */
export interface SubscriptionState extends SubscriptionRecord {
  readonly held: HeldCounts;
  /** The oldest first failure of an event that waits. */
  readonly heldSinceMs: number | null;
}

export function subscriptionObject<Env>(ports: SubscriptionPorts<Env>): ObjectClass<Env> {
  return class SubscriptionObject extends DurableObject<Env> {
    readonly #tables: ObjectTables;
    readonly #row: SubscriptionRow;
    readonly #held: HeldStreams;
    #isWoken = false;
    #failures = 0;
    #tendedMs: number | undefined;

    constructor(ctx: DurableObjectState, env: Env) {
      super(ctx, env);
      this.#tables = new ObjectTables(ctx.storage, SUBSCRIPTION_SCHEMA, ctx.id.name);
      this.#row = new SubscriptionRow(this.#tables);
      this.#held = new HeldStreams(this.#tables);
    }

    /** Nothing changes where it is there. Undefined: it was deleted. */
    async create(
      given: NewSubscription,
    ): Promise<(SubscriptionState & { readonly isNew: boolean }) | undefined> {
      if (this.#tables.isErased) return undefined;
      const isNew = !this.#row.stored;
      if (isNew) {
        this.#atomically(() => this.#row.create(given));
        await this.ctx.storage.setAlarm(ports.nowMs());
      }
      await ports.register(this.env, this.#tenant, given.definition.publication, this.#id);
      const state = this.state();
      return state && { ...state, isNew };
    }

    /** Undefined: there is none. */
    state(): SubscriptionState | undefined {
      const { stored } = this.#row;
      if (!stored) return undefined;
      return { ...stored, held: this.#held.counts(), heldSinceMs: this.#held.failedSinceMs() };
    }

    /** The feed has events up to a position. */
    async wake(upTo: number): Promise<void> {
      const { stored } = this.#row;
      if (stored?.status !== 'active' || upTo <= stored.cursor.position) return;
      this.#isWoken = true;
      await this.#armBy(Math.max(ports.nowMs(), stored.health.quietUntilMs));
    }

    async pause(reason: string): Promise<SubscriptionState | undefined> {
      this.#row.change({ status: 'paused', reason });
      await this.#armBy(ports.nowMs());
      return this.state();
    }

    /** Goes on from its place, whatever the target has answered before. */
    async resume(): Promise<SubscriptionState | undefined> {
      this.#row.change({ status: 'active', reason: null, fault: null, health: HEALTHY });
      return this.#hurry();
    }

    /** Delivers the feed again from behind a position. */
    async replay(cursor: JournalPosition): Promise<SubscriptionState | undefined> {
      this.#row.change({ cursor, fault: null });
      return this.#hurry();
    }

    /** The secrets before sign beside the new one until the grace period ends. */
    async rotate(sealed: string, graceMs: number): Promise<SubscriptionState | undefined> {
      const { stored } = this.#row;
      const [newest] = stored?.secrets ?? [];
      if (!newest) return undefined;
      const previous = { ...newest, untilMs: ports.nowMs() + graceMs };
      const secrets = [{ sealed, untilMs: null }, ...(graceMs > 0 ? [previous] : [])];
      this.#row.change({ secrets, fault: null });
      return this.#hurry();
    }

    /** Sends an event of no stream, now. Its name is not `test`, which is the platform's. */
    async tryTarget(): Promise<DeliveryAttempt | SubscriptionFault | undefined> {
      const { stored } = this.#row;
      if (!stored) return undefined;
      const at = ports.nowMs();
      const event = ports.testEvent(this.#tenant, this.#id, stored.definition, at);
      try {
        const answer = await ports.deliver(this.env, this.#deliveryOf(stored, [event]));
        const attempt = attemptOf([event], utcText(at), answer);
        this.#row.change({ attempts: [attempt, ...(this.#row.stored?.attempts ?? [])] });
        return attempt;
      } catch (error) {
        const fault = faultOf(error);
        if (fault === undefined) throw error;
        return fault;
      }
    }

    heldStreams(after: string, limit: number): HeldStream[] {
      // As the rounds have written the results.
      return this.#held.page(after, limit) as HeldStream[];
    }

    /** Tries what was given up on again: of one stream, or all. Returns how many streams. */
    async redrive(stream: string | null): Promise<number> {
      if (!this.#row.stored) return 0;
      const streams = this.#held.redrive(stream, ports.nowMs());
      if (streams > 0) await this.#hurry();
      return streams;
    }

    /** Leaves the next event of a stream out. False where that is not the event. */
    async skip(stream: string, event: string): Promise<boolean> {
      const next = this.#held.next(stream);
      const { stored } = this.#row;
      if (!stored || next?.id !== event) return false;
      const now = ports.nowMs();
      const skipped = { at: utcText(now), event, events: 1, status: null, durationMs: 0 };
      this.#atomically(() => {
        this.#held.ended(next, now);
        this.#row.change({ attempts: [{ ...skipped, result: 'skipped' }, ...stored.attempts] });
      });
      await this.#hurry();
      return true;
    }

    /** Deletes everything, for good. */
    async erase(): Promise<void> {
      const { stored } = this.#row;
      await this.ctx.storage.deleteAlarm();
      if (!this.#tables.isErased) this.#tables.erase(0);
      if (stored && stored.reported !== null)
        await ports.resolveIncident(this.env, this.#incidentName);
    }

    /** Never throws: workerd retries an alarm only six times. */
    override async alarm(): Promise<void> {
      let next: 'more' | 'idle' = 'idle';
      try {
        next = await this.#run();
        await this.#report();
        this.#failures = 0;
      } catch (error) {
        this.#failures++;
        if (!this.#tables.isErased)
          ports.log('warn', { operation: 'subscription', tenant: this.#tenant, error });
      }
      if (this.#tables.isErased || !this.#row.stored) return;
      await this.ctx.storage.setAlarm(this.#nextAlarmMs(next));
    }

    async #run(): Promise<'more' | 'idle'> {
      const endMs = ports.nowMs() + RUN_MS_MAX;
      let wasBusy = false;
      for (let next = 'more'; next === 'more'; ) {
        this.#isWoken = false;
        const { isBusy, isMore } = await this.#round();
        wasBusy ||= isBusy;
        next = isMore || this.#isWoken ? 'more' : 'idle';
        if (next === 'more' && ports.nowMs() >= endMs) return 'more';
      }
      if (!wasBusy) await this.#tend();
      return 'idle';
    }

    async #round(): Promise<{ readonly isBusy: boolean; readonly isMore: boolean }> {
      const { stored } = this.#row;
      const idle = { isBusy: false, isMore: false };
      if (stored?.status !== 'active' || ports.nowMs() < stored.health.quietUntilMs) return idle;
      const { definition, cursor, health } = stored;
      const isProbe = isBroken(health);
      const limit = isProbe ? 1 : PAGE_EVENTS;
      const page = this.#held.hasRoom
        ? await ports.readFeed(this.env, this.#tenant, definition, cursor, limit)
        : undefined;
      if (page && !('events' in page)) return this.#moveTo(page.common);
      const round = new DeliveryRound({
        row: this.#row,
        held: this.#held,
        nowMs: ports.nowMs,
        definition,
        deliver: (events) =>
          ports.deliver(this.env, this.#deliveryOf(this.#row.stored ?? stored, events)),
        store: (change) => this.#atomically(change),
      });
      try {
        const isBusy = await (isProbe ? round.probe(page, cursor) : round.run(page, cursor));
        this.#row.change({ fault: null });
        return { isBusy, isMore: isBusy || page?.isEnd === false };
      } catch (error) {
        const fault = faultOf(error);
        if (fault === undefined) throw error;
        this.#row.change({ fault });
        return idle;
      }
    }

    #atomically(change: () => void): void {
      this.#tables.transaction(change, () => this.#row.forget());
    }

    /** After a restore of D1 the events behind what both feeds have are delivered again, or for the first time. */
    #moveTo(common: JournalPosition | undefined) {
      this.#atomically(() => {
        if (common) this.#held.forgetBehind(common.position);
        this.#row.change(common ? { cursor: common } : { fault: 'position' });
      });
      return { isBusy: false, isMore: common !== undefined };
    }

    #deliveryOf(stored: SubscriptionRecord, events: Delivery['events']): Delivery {
      const nowMs = ports.nowMs();
      const { target, batch, opensPersonal = false } = stored.definition;
      const valid = stored.secrets.filter(({ untilMs }) => untilMs === null || untilMs > nowMs);
      return {
        ...{ tenant: this.#tenant, subscription: this.#id, target, events },
        isBatch: batch > 1,
        secrets: valid.map(({ sealed }) => sealed),
        opensPersonal,
      };
    }

    /** Its secrets are sealed with the deployment's current one, and D1 knows it. */
    async #tend(): Promise<void> {
      const nowMs = ports.nowMs();
      const { stored } = this.#row;
      if (!stored || nowMs - (this.#tendedMs ?? 0) < TENDED_EVERY_MS / 2) return;
      const { publication } = stored.definition;
      if (!(await ports.register(this.env, this.#tenant, publication, this.#id)))
        return this.erase();
      const valid = stored.secrets.filter(({ untilMs }) => untilMs === null || untilMs > nowMs);
      const secrets = await Promise.all(valid.map((one) => this.#resealed(one)));
      // A rotation meanwhile has brought others.
      if (this.#row.stored?.secrets === stored.secrets) this.#row.change({ secrets });
      this.#tendedMs = nowMs;
    }

    /** One that cannot be opened stays as it is: its secret of the deployment may come back. */
    async #resealed({ sealed, untilMs }: SealedSecret): Promise<SealedSecret> {
      try {
        const again = await ports.resealed(this.env, this.#tenant, this.#id, sealed);
        return { sealed: again, untilMs };
      } catch (error) {
        if (error instanceof UnreadableSecret) return { sealed, untilMs };
        throw error;
      }
    }

    /** Reports what operators have to know once, and resolves it. */
    async #report(): Promise<void> {
      const { stored } = this.#row;
      if (!stored) return;
      const { parked } = this.#held.counts();
      const trouble = troubleOf({ ...stored, parked }, ports.nowMs());
      const cause = trouble?.cause ?? null;
      if (cause === stored.reported) return;
      if (trouble) {
        const incident = { ...this.#incidentName, settledVersion: null, ...trouble };
        await ports.reportIncident(this.env, incident);
      } else await ports.resolveIncident(this.env, this.#incidentName);
      this.#row.change({ reported: cause });
    }

    get #incidentName() {
      const stream = `ledge.subscription/${this.#id}`;
      return { tenant: this.#tenant, stream, kind: 'subscription', version: 1 } as const;
    }

    /** Another attempt, a probe, a report, or the next look after itself. */
    #nextAlarmMs(next: 'more' | 'idle'): number {
      const nowMs = ports.nowMs();
      if (this.#failures > 0) return nowMs + backoff(RETRY_AFTER_MS, this.#failures);
      if (next === 'more' || this.#isWoken) return nowMs + ALARM_DISTANCE_MS;
      const { stored } = this.#row;
      const times = [nowMs + TENDED_EVERY_MS];
      if (stored?.status === 'active' && stored.fault === null) {
        const { quietUntilMs, failingSinceMs } = stored.health;
        const heldMs = this.#held.nextMs();
        if (heldMs !== undefined) times.push(Math.max(heldMs, quietUntilMs));
        else if (quietUntilMs > nowMs) times.push(quietUntilMs);
        if (failingSinceMs !== null && stored.reported === null)
          times.push(failingSinceMs + FAILED_LONG_MS);
      }
      return Math.max(Math.min(...times), nowMs + ALARM_DISTANCE_MS);
    }

    async #hurry(): Promise<SubscriptionState | undefined> {
      if (!this.#row.stored) return undefined;
      this.#held.hurry(ports.nowMs());
      this.#isWoken = true;
      await this.#armBy(ports.nowMs());
      return this.state();
    }

    async #armBy(atMs: number): Promise<void> {
      if (!this.#row.stored) return;
      await armBy(this.ctx.storage, atMs);
    }

    get #tenant(): string {
      const { name } = this.#tables;
      return name.slice(0, name.indexOf('/'));
    }

    get #id(): string {
      const { name } = this.#tables;
      return name.slice(name.indexOf('/') + 1);
    }
  };
}
