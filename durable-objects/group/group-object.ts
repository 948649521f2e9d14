/**
 * A consumer group: gives the events of a publication to competing consumers, each under a lease until it is acknowledged.
 * It stores its leases, its place in the feed and what has failed; the feed itself stays in D1 and is read by pages. A batch
 * that has written events wakes it, and once a minute the cron does if it is behind.
 */
import { DurableObject } from 'cloudflare:workers';
import { groupTrouble, UNREAD_LONG_MS } from '../../core/group/group-trouble.ts';
import type { ReceiptResult } from '../../core/group/receipt.ts';
import type { JournalPosition } from '../../core/plan/journal-position.ts';
import { backoff } from '../../core/values/backoff.ts';
import { ALARM_DISTANCE_MS, armBy } from '../alarm.ts';
import { type HeldCounts, HeldStreams, type ListedHold } from '../feed-reader/held-streams.ts';
import type { ObjectClass } from '../object-class.ts';
import { ObjectTables } from '../object-tables.ts';
import { GroupDesk, type MessageAnswer, type TakenLease } from './group-desk.ts';
import { GroupLeases } from './group-leases.ts';
import { News } from './news.ts';
import type { GroupPorts } from './ports.ts';
import { GROUP_SCHEMA, type GroupDefinition, GroupRow } from './stored-group.ts';

/** Ours, some hundred kB. */
const PAGE_EVENTS = 500;

/** Ours: it writes its row of D1 again, which a restore of D1 may have lost. */
const TENDED_EVERY_MS = 3_600_000;

/** Ours: consumers ask, or answer, more often. */
const READ_LATELY_MS = 60_000;

const RETRY_AFTER_MS = { first: 2_000, max: 60_000 };

/** A group as the Worker reads it. */
export interface GroupState {
  readonly definition: GroupDefinition;
  readonly cursor: JournalPosition;
  readonly leases: { readonly leases: number; readonly messages: number };
  readonly held: HeldCounts;
  readonly heldSinceMs: number | null;
  /** When a consumer has last asked or answered. */
  readonly readAtMs: number | null;
}

export interface NewGroup {
  readonly definition: GroupDefinition;
  readonly cursor: JournalPosition;
}

/** A caller that asks for messages or answers, and what it may consume. */
export interface GrantedConsumer {
  /** The principal. */
  readonly holder: string;
  /** Those that it may consume. */
  readonly publications: readonly string[];
}

/** The consumer may not consume the publication of the group. */
export interface Ungranted {
  readonly ungranted: string;
}

/** What a consumer asks for. */
export interface MessageRequest {
  readonly max: number;
  readonly leaseMs: number;
}

/** `seen`: of the newest change, for `news`. */
export type ReceivedMessages = TakenLease & { readonly seen: number };

export function groupObject<Env>(ports: GroupPorts<Env>): ObjectClass<Env> {
  return class GroupObject extends DurableObject<Env> {
    readonly #tables: ObjectTables;
    readonly #row: GroupRow;
    readonly #held: HeldStreams;
    readonly #news = new News();
    #leases: GroupLeases;
    #openDesk: GroupDesk | undefined;
    /** Whether the window has every leased event of the feed, as it has except after an eviction. */
    #isLoaded = false;
    #reading: Promise<boolean> | undefined;
    /** The newest position of the feed that is known. */
    #head = 0;
    #readAtMs: number | undefined;
    #tendedMs: number | undefined;
    #failures = 0;

    constructor(ctx: DurableObjectState, env: Env) {
      super(ctx, env);
      this.#tables = new ObjectTables(ctx.storage, GROUP_SCHEMA, ctx.id.name);
      this.#row = new GroupRow(this.#tables);
      this.#held = new HeldStreams(this.#tables);
      this.#leases = new GroupLeases(this.#tables);
      const taken = this.#leases.all().at(-1)?.takenAtMs;
      if (taken !== undefined) this.#readAtMs = taken;
    }

    /** Nothing changes where it is there. Undefined: its tenant is erased. */
    async create({
      definition,
      cursor,
    }: NewGroup): Promise<(GroupState & { readonly isNew: boolean }) | undefined> {
      if (this.#tables.isErased) return undefined;
      const isNew = !this.#row.stored;
      if (isNew) {
        this.#atomically(() => this.#row.create(definition, cursor));
        await this.ctx.storage.setAlarm(ports.nowMs());
      }
      await ports.register(this.env, this.#tenant, definition.publication, this.#name);
      const state = this.state();
      return state && { ...state, isNew };
    }

    /** Undefined: there is none. */
    state(): GroupState | undefined {
      const { stored } = this.#row;
      if (!stored) return undefined;
      const open = this.#leases.open().filter(({ untilMs }) => untilMs > ports.nowMs());
      const messages = open.reduce((sum, lease) => sum + lease.open.size, 0);
      return {
        ...{ definition: stored.definition, cursor: this.#desk.window.low },
        leases: { leases: open.length, messages },
        ...{ held: this.#held.counts(), heldSinceMs: this.#held.failedSinceMs() },
        readAtMs: this.#readAtMs ?? null,
      };
    }

    /**
     * Leases messages to a consumer; the lease is stored before it is answered. None: there are none for it now. `lost`: its
     * place is in no feed. Undefined: there is no group.
     */
    async receive(
      consumer: GrantedConsumer,
      { max, leaseMs }: MessageRequest,
    ): Promise<ReceivedMessages | Ungranted | 'lost' | undefined> {
      const refused = this.#refused(consumer);
      if (refused || !this.#row.stored) return refused;
      if (!(await this.#load())) return 'lost';
      // A consumer that would get nothing asks the feed once: a wake-up may have been lost.
      let mayAsk = true;
      while (this.#row.stored) {
        if (this.#desk.expire()) this.#news.changed();
        const { number: seen } = this.#news;
        const picked = this.#desk.pick(max);
        const isEmpty = picked.length === 0;
        // Nothing waits between picking and leasing: another call would pick the same.
        if (picked.length < max && this.#mayRead(isEmpty && mayAsk)) {
          if (!(await this.#read())) return 'lost';
          mayAsk &&= !this.#desk.window.isAtEnd;
          continue;
        }
        if (isEmpty && this.#desk.makeRoom()) continue;
        const taken = this.#desk.lease(picked, consumer.holder, leaseMs);
        await this.#wasRead();
        return { ...taken, seen };
      }
      return undefined;
    }

    /** Waits until there may be messages after what a call has seen, `waitMs` at most. */
    async news(seen: number, waitMs: number): Promise<void> {
      const nowMs = ports.nowMs();
      const ends = this.#leases.open().map(({ untilMs }) => untilMs);
      const dueMs = this.#held.nextMs(nowMs);
      const nextMs = Math.min(...ends, dueMs ?? Number.POSITIVE_INFINITY) - nowMs;
      await this.#news.after(seen, Math.min(waitMs, Math.max(nextMs, 0)));
    }

    /** What became of each receipt, in their order. Undefined: there is no group. */
    async answer(
      consumer: GrantedConsumer,
      receipts: readonly string[],
      answer: MessageAnswer,
    ): Promise<ReceiptResult[] | Ungranted | undefined> {
      const refused = this.#refused(consumer);
      if (refused || !this.#row.stored) return refused;
      // What fails is copied from the feed; what is acknowledged is not looked at.
      if (answer.kind === 'retry' || answer.kind === 'park') await this.#load();
      if (!this.#row.stored) return undefined;
      const results = this.#desk.answer(receipts, consumer.holder, answer);
      this.#news.changed();
      await this.#wasRead();
      if (answer.kind === 'park') await this.#armBy(ports.nowMs());
      return results;
    }

    /** The feed has events up to a position. */
    async wake(upTo: number): Promise<void> {
      const { stored } = this.#row;
      if (!stored) return;
      this.#head = Math.max(this.#head, upTo);
      if (!this.#isBehind) return;
      this.#news.changed();
      const nowMs = ports.nowMs();
      if (this.#news.isAwaited || nowMs - (this.#readAtMs ?? 0) < READ_LATELY_MS) return;
      if (stored.unreadSinceMs === null) this.#row.change({ unreadSinceMs: nowMs });
      // What is reported needs no alarm, which the cron would set each minute.
      if (stored.reported !== null) return;
      await this.#armBy((this.#row.stored?.unreadSinceMs ?? nowMs) + UNREAD_LONG_MS);
    }

    heldStreams(after: string, limit: number): ListedHold[] {
      return this.#held.page(after, limit);
    }

    /** Gives what was given up on to consumers again: of one stream, or all. Returns how many streams. */
    async redrive(stream: string | null): Promise<number> {
      if (!this.#row.stored) return 0;
      const streams = this.#held.redrive(stream, ports.nowMs());
      this.#news.changed();
      await this.#armBy(ports.nowMs());
      return streams;
    }

    /** Leaves the next message of a held stream out. False where that is not the message, or a consumer has it. */
    async skip(stream: string, event: string): Promise<boolean> {
      const next = this.#held.next(stream);
      if (!this.#row.stored || next?.id !== event) return false;
      if (this.#leases.streams().has(stream)) return false;
      this.#atomically(() => this.#held.ended(next, ports.nowMs()));
      this.#news.changed();
      await this.#armBy(ports.nowMs());
      return true;
    }

    /** Deletes the group. One of its name may be made again, and knows no receipt of this one. */
    async remove(): Promise<void> {
      const { stored } = this.#row;
      if (!stored) return;
      this.#atomically(() => {
        this.#row.end(this.#leases.fence);
        this.#leases.forgetAll();
        this.#held.forgetBehind(0);
      });
      await this.#close(stored.reported !== null);
    }

    /** Deletes everything, for good: its tenant is erased. */
    async erase(): Promise<void> {
      const wasReported = (this.#row.stored?.reported ?? null) !== null;
      if (!this.#tables.isErased) this.#tables.erase(0);
      await this.#close(wasReported);
    }

    /** Never throws: workerd retries an alarm only six times. */
    override async alarm(): Promise<void> {
      try {
        await this.#look();
        await this.#tend();
        await this.#report();
        this.#failures = 0;
      } catch (error) {
        this.#failures++;
        if (!this.#tables.isErased)
          ports.log('warn', { operation: 'group', tenant: this.#tenant, error });
      }
      if (this.#row.stored) await this.ctx.storage.setAlarm(this.#nextAlarmMs());
    }

    #refused({ publications }: GrantedConsumer): Ungranted | undefined {
      const { publication } = this.#row.stored?.definition ?? {};
      if (publication === undefined || publications.includes(publication)) return undefined;
      return { ungranted: publication };
    }

    #atomically<Result>(change: () => Result): Result {
      return this.#tables.transaction(change, () => {
        this.#row.forget();
        this.#leases = new GroupLeases(this.#tables);
        this.#openDesk = undefined;
        this.#isLoaded = false;
      });
    }

    get #desk(): GroupDesk {
      const { stored } = this.#row;
      if (!stored) throw new Error('The group was deleted.');
      this.#openDesk ??= new GroupDesk(
        {
          ...{ row: this.#row, held: this.#held, leases: this.#leases, nowMs: ports.nowMs },
          store: (change) => this.#atomically(change),
        },
        stored.cursor,
        stored.passed,
      );
      return this.#openDesk;
    }

    get #isBehind(): boolean {
      return this.#head > this.#desk.window.low.position || this.#held.nextMs() !== undefined;
    }

    /** Takes leases that have ended, and learns whether the feed has messages. */
    async #look(): Promise<void> {
      if (!this.#row.stored || !(await this.#load()) || !this.#row.stored) return;
      if (this.#desk.expire()) this.#news.changed();
      if (!this.#isBehind && this.#mayRead(false)) await this.#read();
    }

    /** Reads the events of the leases, after an eviction. False: the place is in no feed. */
    async #load(): Promise<boolean> {
      while (this.#row.stored && !this.#isLoaded) {
        const leased = this.#leases.open().flatMap(({ open }) => [...open.keys()]);
        const { end, isAtEnd } = this.#desk.window;
        if (isAtEnd || end.position >= Math.max(0, ...leased)) {
          this.#isLoaded = true;
        } else if (!(await this.#read())) return false;
      }
      return true;
    }

    /** `asks`: also at the end of the feed as it is known. */
    #mayRead(asks: boolean): boolean {
      const { isAtEnd, end } = this.#desk.window;
      return this.#desk.hasRoom && (!isAtEnd || asks || this.#head > end.position);
    }

    /** One page for all calls that wait for it. False: the place is in no feed. */
    #read(): Promise<boolean> {
      this.#reading ??= this.#readPage().finally(() => {
        this.#reading = undefined;
      });
      return this.#reading;
    }

    async #readPage(): Promise<boolean> {
      const { stored } = this.#row;
      if (!stored) return false;
      const desk = this.#desk;
      const { end, low } = desk.window;
      const head = this.#head;
      const page = await ports.readFeed(
        this.env,
        this.#tenant,
        stored.definition,
        end,
        PAGE_EVENTS,
      );
      // It may have been deleted, and made again, meanwhile.
      if (desk !== this.#openDesk) return true;
      if (!('events' in page)) {
        if (page.common) desk.restore(page.common);
        return page.common !== undefined;
      }
      const { epoch } = page.after;
      // Restored while it was not in memory: what it knows behind its place may be of other events.
      if (!this.#isLoaded && low.epoch !== epoch && epoch > 0) desk.restore({ ...low, epoch });
      desk.add(page);
      // After a restore of D1 the end of the feed is before the one that is known. A later one may have come meanwhile.
      const isKnown = page.isEnd && this.#head === head;
      this.#head = isKnown ? page.after.position : Math.max(this.#head, page.after.position);
      return true;
    }

    async #wasRead(): Promise<void> {
      const nowMs = ports.nowMs();
      this.#readAtMs = nowMs;
      const { stored } = this.#row;
      if (!stored) return;
      if (stored.unreadSinceMs !== null) this.#row.change({ unreadSinceMs: null });
      if (stored.reported !== null) await this.#armBy(nowMs);
      else if (this.#isBehind) await this.#armBy(nowMs + UNREAD_LONG_MS);
    }

    /** D1 knows it. */
    async #tend(): Promise<void> {
      const { stored } = this.#row;
      const nowMs = ports.nowMs();
      if (!stored || nowMs - (this.#tendedMs ?? 0) < TENDED_EVERY_MS / 2) return;
      const { publication } = stored.definition;
      if (!(await ports.register(this.env, this.#tenant, publication, this.#name)))
        return this.erase();
      this.#tendedMs = nowMs;
    }

    /** Reports what operators have to know once, and resolves it. */
    async #report(): Promise<void> {
      const { stored } = this.#row;
      if (!stored) return;
      const nowMs = ports.nowMs();
      const { parked } = this.#held.counts();
      const trouble = groupTrouble({ parked, unreadSinceMs: this.#unreadSinceMs }, nowMs);
      const cause = trouble?.cause ?? null;
      if (cause === stored.reported) return;
      if (trouble) {
        const incident = { ...this.#incidentName, settledVersion: null, ...trouble };
        await ports.reportIncident(this.env, incident);
      } else await ports.resolveIncident(this.env, this.#incidentName);
      this.#row.change({ reported: cause });
    }

    /** Null: it is read, or has nothing to be read. */
    get #unreadSinceMs(): number | null {
      if (this.#news.isAwaited || !this.#isBehind) return null;
      const { unreadSinceMs = null } = this.#row.stored ?? {};
      if (unreadSinceMs === null && this.#readAtMs === undefined) return null;
      // A consumer may work for as long as its lease lasts.
      const leased = this.#leases.open().map(({ untilMs }) => untilMs);
      return Math.max(unreadSinceMs ?? 0, this.#readAtMs ?? 0, ...leased);
    }

    get #incidentName() {
      const stream = `ledge.group/${this.#name}`;
      return { tenant: this.#tenant, stream, kind: 'group', version: 1 } as const;
    }

    #nextAlarmMs(): number {
      const nowMs = ports.nowMs();
      if (this.#failures > 0) return nowMs + backoff(RETRY_AFTER_MS, this.#failures);
      const { reported = null } = this.#row.stored ?? {};
      const times = [nowMs + TENDED_EVERY_MS];
      const unread = this.#unreadSinceMs;
      if (unread !== null && reported === null) times.push(unread + UNREAD_LONG_MS);
      return Math.max(Math.min(...times), nowMs + ALARM_DISTANCE_MS);
    }

    async #close(wasReported: boolean): Promise<void> {
      this.#openDesk = undefined;
      this.#isLoaded = false;
      this.#news.changed();
      await this.ctx.storage.deleteAlarm();
      if (wasReported) await ports.resolveIncident(this.env, this.#incidentName);
    }

    async #armBy(atMs: number): Promise<void> {
      if (!this.#row.stored) return;
      await armBy(this.ctx.storage, atMs);
    }

    get #tenant(): string {
      const { name } = this.#tables;
      return name.slice(0, name.indexOf('/'));
    }

    get #name(): string {
      const { name } = this.#tables;
      return name.slice(name.indexOf('/') + 1);
    }
  };
}
