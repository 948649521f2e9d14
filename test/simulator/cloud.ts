/** Everything that a Worker is deployed to, put together around its handlers and classes; and the way in from outside. */
import { databaseNames, furtherQueues } from '../../core/protocol/deployment-names.ts';
import type { LedgeBindings, LedgeWorker } from '../../worker/ledge.ts';
import { SimulatedDatabase } from './database.ts';
import { type ObjectClass, ObjectNamespace } from './objects.ts';
import type { Outage } from './outage.ts';
import { PaymentSystem } from './payment-system.ts';
import { Process, type ProcessKind, type World } from './process.ts';
import { SimulatedQueue } from './queue.ts';
import { SocketEnd } from './sockets.ts';

export type Deployed = LedgeWorker;

const CRON_EVERY_MS = 60_000;

const QUEUES = ['events', 'events-2', 'events-3', 'events-4'];
export const QUEUES_MAX = QUEUES.length;

/** Requests go to them in turn; each knows only what it was answered itself. */
const ISOLATES = 2;

export interface Deployment {
  /** Makes an isolate of the Worker. */
  readonly deploy: () => Deployed;
  readonly migrations: readonly string[];
  readonly secrets: CloudSecrets;
  /** How many queues are bound at first. */
  readonly queues: number;
}

type Bound = 'AGGREGATE' | 'HEALTH' | 'LIVE' | 'REBUILD' | 'SUBSCRIPTION' | 'GROUP';

type CloudSecrets = Pick<LedgeBindings, 'LEDGE_SECRET' | 'LEDGE_ADMIN' | 'LEDGE_PERSONAL_KEY'>;

export class Cloud {
  readonly #world: World;
  readonly #deploy: () => Deployed;
  readonly #isolates: Deployed[];
  readonly #secrets: CloudSecrets;
  readonly #migrations: readonly string[];
  readonly #databases: SimulatedDatabase[];
  /** How many of them a consumer knows: one of an earlier deployment knows fewer. */
  #databasesOfConsumers = 1;
  readonly #events: readonly SimulatedQueue[];
  #queues: number;
  readonly #objects: Readonly<Record<Bound, ObjectNamespace>>;
  #requests = 0;
  /** Another system, which is no part of the deployment. */
  readonly payments: PaymentSystem;

  constructor(world: World, { deploy, migrations, secrets, queues }: Deployment) {
    this.#world = world;
    this.payments = new PaymentSystem(world);
    this.#deploy = deploy;
    this.#isolates = Array.from({ length: ISOLATES }, deploy);
    this.#secrets = secrets;
    this.#queues = queues;
    const worker = this.#isolate(0);
    this.#migrations = migrations;
    this.#databases = [new SimulatedDatabase(world, migrations)];
    this.#events = this.#makeQueues();
    const namespace = (kind: ProcessKind, Class: unknown) =>
      new ObjectNamespace({
        ...{ world, kind, envOf: this.#envOf },
        // Its methods are called by their names.
        Class: Class as ObjectClass,
      });
    this.#objects = {
      AGGREGATE: namespace('aggregate', worker.AggregateObject),
      HEALTH: namespace('health', worker.HealthObject),
      LIVE: namespace('live', worker.LiveObject),
      REBUILD: namespace('rebuild', worker.RebuildObject),
      SUBSCRIPTION: namespace('subscription', worker.SubscriptionObject),
      GROUP: namespace('group', worker.GroupObject),
    };
    this.#tick();
  }

  /** From outside. The server gets all of a request or nothing; of the answer, all up to where it broke. */
  readonly fetch = async (url: string, init: RequestInit = {}): Promise<Response> => {
    const { timeline, fate } = this.#world;
    const server = new Process('request', `request ${++this.#requests}`);
    const request = new Request(url, init);
    const said = `${server.name}: ${request.method} ${request.url.slice(request.url.indexOf('/v1'))}`;
    const lost = () => new TypeError('The network is away.');
    await timeline.sleep(fate.delayMs(), said);
    if (fate.strikes('a request is lost')) throw lost();
    const response = await unlessItDies(server, this.#serve(server, request), lost);
    const body = response.webSocket ? null : await this.#read(server, response, lost);
    await timeline.sleep(fate.delayMs(), `${server.name} is answered ${response.status}`);
    if (fate.strikes('an answer is lost')) throw lost();
    return response.webSocket ? response : new Response(body, response);
  };

  /** A socket of a client's: what `new WebSocket(url)` makes. */
  readonly WebSocket = this.#webSocketClass();

  /** Until it is taken back. */
  set outage(outage: Outage | undefined) {
    this.outageIn(0, outage?.database);
    for (const queue of this.#events) queue.isGone = outage?.isQueueGone ?? false;
    this.#world.timeline.note(`OUTAGE ${JSON.stringify(outage ?? 'is over')}`);
  }

  /** What happens while a page of a build is on its way to D1; it gets the JSON of its statements. */
  set beforeBuildPage(happens: ((page: string) => Promise<void>) | undefined) {
    this.#databaseAt(0).beforeBuildPage = happens;
  }

  /** For processes that start from now on: objects go on with the number that they know. All are consumed as ever. */
  bindQueues(count: number): void {
    this.#world.timeline.note(`${count} queues are bound`);
    this.#queues = count;
  }

  /** One database more, for all but the consumers: those of the deployment before are still running. */
  bindAnotherDatabase(): void {
    this.#world.timeline.note('another database is bound');
    this.#databases.push(new SimulatedDatabase(this.#world, this.#migrations));
  }

  endOldConsumers(): void {
    this.#world.timeline.note('the consumers know all databases');
    this.#databasesOfConsumers = this.#databases.length;
  }

  /** Of one database. */
  outageIn(index: number, kind: Outage['database'] | undefined): void {
    this.#databaseAt(index).outage = kind;
  }

  /** A statement beside all limits. */
  rowsIn(index: number, sql: string): readonly Readonly<Record<string, unknown>>[] {
    const [result] = this.#databaseAt(index).batch([{ sql, values: [] }]);
    return result?.results ?? [];
  }

  /** Of all aggregates' objects. */
  aggregateRows() {
    return this.#objects.AGGREGATE.rows();
  }

  /** What has to be delivered once more from now on, as it was sent. */
  set onRetry(happens: ((body: string) => void) | undefined) {
    for (const queue of this.#events) queue.onRetry = happens;
  }

  #databaseAt(index: number): SimulatedDatabase {
    const database = this.#databases[index];
    if (!database) throw new Error(`There is no database ${index}.`);
    return database;
  }

  /** Consumers that begin meanwhile wake no subscription and no group. */
  areWakeUpsLost = false;

  /** The objects that deliver die. */
  killSubscriptions(): void {
    this.#objects.SUBSCRIPTION.kill();
  }

  putToSleep(): void {
    for (const namespace of Object.values(this.#objects)) namespace.putToSleep();
  }

  /** An isolate ends, and another takes its place, which knows nothing. */
  replaceIsolate(number: number): void {
    this.#world.timeline.note(`isolate ${number % ISOLATES} ends`);
    this.#isolates[number % ISOLATES] = this.#deploy();
  }

  #makeQueues(): SimulatedQueue[] {
    const queue = { batchSizeMax: 100, consume: this.#consume };
    const name = 'events-dead';
    const dead = new SimulatedQueue(this.#world, { ...queue, name, kind: name, retriesMax: 100 });
    const events = { ...queue, kind: 'events', retriesMax: 10, dead } as const;
    return QUEUES.map((own) => new SimulatedQueue(this.#world, { ...events, name: own }));
  }

  #isolate(number: number): Deployed {
    const isolate = this.#isolates[number % ISOLATES];
    if (!isolate) throw new Error('There is no isolate.');
    return isolate;
  }

  async #serve(server: Process, request: Request): Promise<Response> {
    const ctx = { waitUntil: () => undefined, passThroughOnException: () => undefined };
    const isolate = this.#isolate(this.#requests);
    return isolate.fetch(request, this.#envOf(server), ctx as unknown as ExecutionContext);
  }

  /** What was written before the server died, and then its end. */
  async #read(server: Process, response: Response, lost: () => Error) {
    const chunks: Uint8Array[] = [];
    const reader = response.body?.getReader();
    let hasBroken = false;
    while (reader) {
      const next = await unlessItDies(server, reader.read(), lost).catch(() => undefined);
      hasBroken = next === undefined;
      if (!next || next.done) break;
      chunks.push(next.value);
    }
    // Not a Blob's stream: reading it takes turns of the event loop, during which simulated time would advance.
    return new ReadableStream<Uint8Array>({
      pull(controller) {
        const chunk = chunks.shift();
        if (chunk) controller.enqueue(chunk);
        else if (hasBroken) controller.error(lost());
        else controller.close();
      },
    });
  }

  readonly #consume = (consumer: Process, batch: MessageBatch<unknown>): Promise<void> =>
    this.#isolate(0).queue(batch, this.#envOf(consumer));

  /** The cron. */
  #tick(): void {
    const run = () => {
      const cron = new Process('cron', 'the cron');
      void this.#isolate(0)
        .scheduled({} as ScheduledController, this.#envOf(cron))
        // Then there is the next one.
        .catch((error) => this.#world.timeline.note(`the cron has failed: ${error}`));
      this.#tick();
    };
    this.#world.timeline.in(CRON_EVERY_MS, 'the cron', run, true);
  }

  /** A new set of bindings for each process, which identifies its calls. */
  readonly #envOf = (process: Process) => ({
    AGGREGATE: this.#objects.AGGREGATE.seenBy(process) as never,
    HEALTH: this.#objects.HEALTH.seenBy(process) as never,
    LIVE: this.#objects.LIVE.seenBy(process) as never,
    REBUILD: this.#objects.REBUILD.seenBy(process) as never,
    SUBSCRIPTION: this.#readersSeenBy(process, 'SUBSCRIPTION') as never,
    GROUP: this.#readersSeenBy(process, 'GROUP') as never,
    PAYMENTS: this.payments.seenBy(process),
    ...this.#queuesSeenBy(process),
    ...this.#databasesSeenBy(process),
    LEDGE_LOCAL_DEVELOPMENT: 'true',
    LEDGE_DEV_HOSTS: 'ledge.example',
    ...this.#secrets,
  });

  #readersSeenBy(process: Process, binding: 'SUBSCRIPTION' | 'GROUP') {
    const areAway = process.kind === 'consumer' && this.areWakeUpsLost;
    const wake = () => Promise.reject(new Error('Network connection lost.'));
    return areAway ? { getByName: () => ({ wake }) } : this.#objects[binding].seenBy(process);
  }

  #databasesSeenBy(process: Process): { DB: D1Database } {
    const known = process.kind === 'consumer' ? this.#databasesOfConsumers : undefined;
    const bound = this.#databases.slice(0, known);
    const seen = bound.map((database, index) => [databaseNames[index], database.seenBy(process)]);
    // The first is always bound.
    return Object.fromEntries(seen) as { DB: D1Database };
  }

  #queuesSeenBy(process: Process): { EVENTS: Queue<string> } {
    const names = ['EVENTS', ...furtherQueues('EVENTS')];
    const bound = this.#events.slice(0, this.#queues);
    const seen = bound.map((queue, index) => [names[index], queue.seenBy(process)]);
    // The first is always bound.
    return Object.fromEntries(seen) as { EVENTS: Queue<string> };
  }

  #webSocketClass() {
    const open = (url: string, subprotocols: readonly string[]) =>
      this.fetch(url.replace(/^ws/, 'http'), {
        headers: {
          upgrade: 'websocket',
          ...(subprotocols.length > 0 && { 'sec-websocket-protocol': subprotocols.join(', ') }),
        },
      });
    const world = this.#world;
    return class ClientSocket {
      #server: SocketEnd | undefined;
      #isClosed = false;
      readonly #listeners = new SocketEnd(world);

      constructor(url: string, subprotocols: readonly string[] = []) {
        this.#listeners.accept();
        void open(url, subprotocols).then(
          ({ webSocket }) => this.#opened(webSocket as unknown as SocketEnd | null),
          () => this.#listeners.get('error', {}),
        );
      }

      addEventListener(
        type: 'open' | 'message' | 'close' | 'error',
        listener: (event: object) => void,
      ) {
        this.#listeners.addEventListener(type, listener);
      }

      /** Like browsers: sending to a closed socket is silently ignored. */
      send(text: string): void {
        if (this.#server?.isOpen) this.#server.send(text);
      }

      close(): void {
        this.#isClosed = true;
        this.#server?.close(1000);
      }

      #opened(server: SocketEnd | null): void {
        if (!server) {
          this.#listeners.get('error', {});
          return;
        }
        this.#server = server;
        if (this.#isClosed) {
          server.close(1000);
          return;
        }
        server.listen((type, event) => this.#listeners.get(type, event));
        this.#listeners.get('open', {});
      }
    };
  }
}

function unlessItDies<Result>(process: Process, work: Promise<Result>, lost: () => Error) {
  return new Promise<Result>((resolve, reject) => {
    if (process.isDead) reject(lost());
    const done = process.onDeath(() => reject(lost()));
    void work.then(resolve, reject).finally(done);
  });
}
