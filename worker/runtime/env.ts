/** The bindings that wrangler.toml gives the Worker. */
import type { Lease, LeaseRequest } from '../../core/access/quota.ts';
import type { ActionOperation } from '../../core/action/action-operations.ts';
import type { StoredAction } from '../../core/action/stored-action.ts';
import type { StateQuestion } from '../../core/aggregate/authorization.ts';
import type { Command } from '../../core/aggregate/command.ts';
import type { StoredEvent } from '../../core/aggregate/event.ts';
import type { Failure, Outcome } from '../../core/aggregate/outcome.ts';
import type { TimerOperation } from '../../core/aggregate/timer-operations.ts';
import type { StoredTimer } from '../../core/aggregate/timers.ts';
import type {
  Incident,
  IncidentSummary,
  KnownIncident,
  ResolvedIncident,
} from '../../core/failures/incident.ts';
import type { ReceiptResult } from '../../core/group/receipt.ts';
import type { LiveNotification } from '../../core/live/watch.ts';
import type { KeptObservations, Observation } from '../../core/operations/observation.ts';
import type { DeliveryAttempt, HeldStream } from '../../core/operator-shapes/subscription.ts';
import type { UsageDay } from '../../core/operator-shapes/usage.ts';
import type { JournalPosition } from '../../core/plan/journal-position.ts';
import type { SubscriptionFault } from '../../core/subscription/subscription-fault.ts';
import type {
  ActionRange,
  AggregateState,
  Dismissal,
  EventRange,
  ExportedPage,
  GrantedConsumer,
  GroupState,
  HistoryPage,
  HistoryRange,
  IncidentPage,
  ListedHold,
  MessageAnswer,
  MessageRequest,
  NewGroup,
  NewSubscription,
  ReceivedMessages,
  RecoveryRun,
  ReleasedStream,
  RestoredPage,
  RestoreStep,
  StoredSubjectKey,
  StoredTimerPage,
  StreamEventPage,
  StreamPlace,
  SubscriptionState,
  TimerRange,
  Ungranted,
  Unreadable,
} from '../../durable-objects/index.ts';

/** An aggregate's object as it is seen over RPC. */
export interface AggregateStub {
  execute(commands: readonly Command[]): Promise<Outcome[]>;
  /** Unreadable only where there is a question. */
  currentState(): Promise<AggregateState>;
  currentState(question?: StateQuestion): Promise<AggregateState | Unreadable>;
  history(
    range: HistoryRange,
    question: StateQuestion | undefined,
  ): Promise<HistoryPage | Unreadable | undefined>;
  headVersion(): Promise<number>;
  /** D1 has the events up to this version, and this event there. What the object does not have so shows that it was restored. */
  confirm(version: number, eventId?: string): Promise<void>;
  /** Takes back what the log has lost, or a part of it. */
  recover(): Promise<RecoveryRun>;
  exportPage(place: StreamPlace | undefined, bytesMax: number): Promise<ExportedPage>;
  restorePage(page: RestoredPage): Promise<RestoreStep>;
  release(stream: ReleasedStream): Promise<RestoreStep>;
  /** Deletes everything, for good. */
  erase(): Promise<void>;
  /** Fewer events than the limit are not the stream's end: a page ends at PAGE_BYTES_MAX too. */
  events(range: EventRange): Promise<StoredEvent[]>;
  timers(range: TimerRange): Promise<StoredTimerPage>;
  operateTimer(operation: TimerOperation): Promise<StoredTimer | Failure>;
  /** Those of the stream that have not ended. */
  actions(range: ActionRange): Promise<StoredAction[]>;
  operateAction(operation: ActionOperation): Promise<StoredAction | Failure>;
  /** Of a subject's object: its key, after the command, which is executed where the subject has none. */
  subjectKey(command: Command): Promise<StoredSubjectKey | Failure>;
  subjectKey(command?: Command): Promise<StoredSubjectKey | Failure | undefined>;
  countSubjectKeys(): Promise<number>;
  eventPage(range: EventRange): Promise<StreamEventPage>;
  eventPage(range: EventRange, question?: StateQuestion): Promise<StreamEventPage | Unreadable>;
}

/** The object that drives a projection's builds. */
export interface RebuildStub {
  wake(): Promise<void>;
}

/** The object that delivers a subscription. Undefined, false and 0: there is none, or it was deleted. */
export interface SubscriptionStub {
  create(given: NewSubscription): Promise<(SubscriptionState & { isNew: boolean }) | undefined>;
  state(): Promise<SubscriptionState | undefined>;
  /** The feed has events up to this position. */
  wake(upTo: number): Promise<void>;
  pause(reason: string): Promise<SubscriptionState | undefined>;
  resume(): Promise<SubscriptionState | undefined>;
  replay(cursor: JournalPosition): Promise<SubscriptionState | undefined>;
  rotate(sealed: string, graceMs: number): Promise<SubscriptionState | undefined>;
  /** A fault keeps it from being tried. */
  tryTarget(): Promise<DeliveryAttempt | SubscriptionFault | undefined>;
  heldStreams(after: string, limit: number): Promise<HeldStream[]>;
  redrive(stream: string | null): Promise<number>;
  skip(stream: string, event: string): Promise<boolean>;
  erase(): Promise<void>;
}

/** The object of a consumer group. Undefined, false and 0: there is none. */
export interface GroupStub {
  create(given: NewGroup): Promise<(GroupState & { isNew: boolean }) | undefined>;
  state(): Promise<GroupState | undefined>;
  /** Lost: its place is in no feed. */
  receive(
    consumer: GrantedConsumer,
    request: MessageRequest,
  ): Promise<ReceivedMessages | Ungranted | 'lost' | undefined>;
  /** Waits until there may be messages after what a call has seen. */
  news(seen: number, waitMs: number): Promise<void>;
  answer(
    consumer: GrantedConsumer,
    receipts: readonly string[],
    answer: MessageAnswer,
  ): Promise<ReceiptResult[] | Ungranted | undefined>;
  /** The feed has events up to this position. */
  wake(upTo: number): Promise<void>;
  heldStreams(after: string, limit: number): Promise<ListedHold[]>;
  redrive(stream: string | null): Promise<number>;
  skip(stream: string, event: string): Promise<boolean>;
  remove(): Promise<void>;
  erase(): Promise<void>;
}

/** An object that holds a shard of the incidents: what D1 lacks, and why. */
export interface HealthStub {
  report(incidents: readonly Incident[]): Promise<void>;
  resolve(resolved: readonly ResolvedIncident[]): Promise<void>;
  list(page: IncidentPage): Promise<KnownIncident[]>;
  take(limit: number): Promise<KnownIncident[]>;
  summary(): Promise<IncidentSummary>;
  forgetTenant(tenant: string): Promise<void>;
  observe(observation: Observation): Promise<void>;
  observed(): Promise<KeptObservations>;
  lease(tenant: string, requests: readonly LeaseRequest[]): Promise<Lease[]>;
  usage(day: number): Promise<Omit<UsageDay, 'day'>>;
  eraseUsage(): Promise<void>;
}

/** The object that holds the sockets of a tenant, or of a shard of them. */
export interface LiveStub {
  fetch(request: Request): Promise<Response>;
  changed(notifications: readonly LiveNotification[]): Promise<void>;
  dismiss(dismissal: Dismissal): Promise<void>;
}

/** A binding of objects. */
export interface ObjectNamespace<Stub> {
  getByName(name: string): Stub;
  /** The platform has it; workerd makes none of its objects. */
  jurisdiction?(jurisdiction: string): { getByName(name: string): Stub };
}

/** The names in a variable that holds several, with commas. */
export function namesIn(variable = ''): string[] {
  return variable.split(',').flatMap((name) => name.trim() || []);
}

/** The Worker's bindings and variables, as Ledge uses them. */
export interface LedgeEnv {
  readonly AGGREGATE: ObjectNamespace<AggregateStub>;
  readonly REBUILD: ObjectNamespace<RebuildStub>;
  readonly HEALTH: ObjectNamespace<HealthStub>;
  readonly LIVE: ObjectNamespace<LiveStub>;
  /** Left out: there are no subscriptions. */
  readonly SUBSCRIPTION?: ObjectNamespace<SubscriptionStub>;
  /** Left out: there are no consumer groups. */
  readonly GROUP?: ObjectNamespace<GroupStub>;
  readonly EVENTS: Queue<string>;
  /** Further queues: `EVENTS_2`, `EVENTS_3`, …, without a gap (event-queues.ts). */
  readonly [further: FurtherQueue]: Queue<string> | undefined;
  readonly DB: D1Database;
  /** Further databases: `DB_2`, `DB_3`, …, without a gap (databases.ts). */
  readonly [further: FurtherDatabase]: D1Database | undefined;
  readonly ASSETS?: Fetcher;
  /** The older part of the journal. Left out: all of it stays in D1. */
  readonly JOURNAL?: R2Bucket;
  /** The same for further databases: `JOURNAL_2` is that of `DB_2`. */
  readonly [further: FurtherBucket]: R2Bucket | undefined;
  /** Refused credentials, by address. What of these four is left out limits nothing. */
  readonly RATE_DENIED?: RateLimit;
  /** Requests of the class `low`, by principal. */
  readonly RATE_LOW?: RateLimit;
  /** Requests of the class `high`, by principal. */
  readonly RATE_HIGH?: RateLimit;
  /** Streams that a principal of the class `low` begins. */
  readonly RATE_STREAMS?: RateLimit;
  /** `true` serves without credentials, under loopback names. Set by the dev script alone; else all but `/health` is 401. */
  readonly LEDGE_LOCAL_DEVELOPMENT?: string;
  /** Further host names that local development answers to, with commas: `192.168.1.4,dev.example`. */
  readonly LEDGE_DEV_HOSTS?: string;
  /** Origins whose pages are allowed, with commas: `https://shop.example`. Left out: none but the Worker's own. */
  readonly LEDGE_ALLOWED_ORIGINS?: string;
  /** `true` logs a line for every request, which Workers Logs bills; left out: for those that fail with an error. */
  readonly LEDGE_LOG_REQUESTS?: string;
  /** Bindings of queues and services that subscriptions may send to, with commas: `WAREHOUSE,BILLING`. Left out: none. */
  readonly LEDGE_TARGETS?: string;
  /** How large a database may become, in MB: `500` on a free plan. Left out: 10,000, the limit of a paid one. */
  readonly LEDGE_DATABASE_MB?: string;
  /** Databases whose tenants have their objects in a jurisdiction: `DB_2:eu`. Left out: none. */
  readonly LEDGE_JURISDICTIONS?: string;
  /** Secret: makes the tags of API keys, at least 32 characters. Left out: there are no keys. */
  readonly LEDGE_SECRET?: string;
  /** Secret: the one before, while keys with its tags are in use. */
  readonly LEDGE_SECRET_PREVIOUS?: string;
  /** Secret: the SHA-256 of the administrator's key, in hexadecimal or base64url. */
  readonly LEDGE_ADMIN?: string;
  /** Secret: wraps the keys of subjects, at least 32 characters. Without it, and what it wrapped, no personal field opens. */
  readonly LEDGE_PERSONAL_KEY?: string;
  /** Secret: the one before, while keys that it wrapped are in use. */
  readonly LEDGE_PERSONAL_KEY_PREVIOUS?: string;
}

type FurtherQueue = `EVENTS_${number}`;
type FurtherDatabase = `DB_${number}`;
type FurtherBucket = `JOURNAL_${number}`;
type Further = FurtherQueue | FurtherDatabase | FurtherBucket;

type ObjectBinding = 'AGGREGATE' | 'HEALTH' | 'LIVE' | 'REBUILD';
type OptionalObjectBinding = 'SUBSCRIPTION' | 'GROUP';

/** The bindings as a Worker declares them, by hand or by `wrangler types`: what it binds to the objects is not called. */
export type LedgeBindings = Omit<LedgeEnv, ObjectBinding | OptionalObjectBinding | Further> & {
  readonly [Binding in ObjectBinding]: { getByName(name: string): object };
} & { readonly [Binding in OptionalObjectBinding]?: { getByName(name: string): object } };
