/**
 * A deployment on the modelled platform: the Worker and its classes as they are deployed, D1 and queues with
 * Cloudflare's limits, and a way in for commands.
 */
import type { App } from '../../core/app.ts';
import { databaseNames, furtherQueues } from '../../core/protocol/deployment-names.ts';
import type { LedgeWorker } from '../../worker/ledge.ts';
import type { LedgeEnv } from '../../worker/runtime/env.ts';
import { ADMIN_KEY, secrets } from '../simulator/administrator.ts';
import { SimulatedDatabase } from '../simulator/database.ts';
import { type ObjectClass, ObjectNamespace } from '../simulator/objects.ts';
import { Process, type ProcessKind, type World } from '../simulator/process.ts';
import type { Counting } from './counts.ts';
import { DatabaseCallers } from './database-callers.ts';
import { DatabaseThread } from './database-thread.ts';
import { Lag } from './lag.ts';
import { ModelQueue } from './model-queue.ts';
import { RelayObjects } from './relay-objects.ts';
import type { ModelSetting } from './setting.ts';

export interface PlatformParts {
  readonly world: World;
  readonly counting: Counting;
  readonly setting: ModelSetting;
  readonly app: App;
  readonly worker: LedgeWorker;
  readonly migrations: readonly string[];
}

const SERVER = 'http://ledge.example';
const CRON_EVERY_MS = 60_000;

export class PlatformModel {
  readonly lag: Lag;
  readonly relayObjects: RelayObjects;
  readonly #parts: PlatformParts;
  readonly #envs = new WeakMap<Process, LedgeEnv>();
  readonly #databases: readonly SimulatedDatabase[];
  readonly #queues: readonly ModelQueue[];
  readonly #objects: Readonly<Record<'aggregate' | 'health' | 'live' | 'rebuild', ObjectNamespace>>;

  constructor(parts: PlatformParts) {
    this.#parts = parts;
    const { world, counting, setting, worker } = parts;
    const callers = new DatabaseCallers();
    this.#databases = Array.from({ length: setting.databases }, () => {
      const thread = new DatabaseThread(world, counting, setting.writeMs, callers);
      return new SimulatedDatabase(world, parts.migrations, thread);
    });
    this.tenants =
      setting.databases === 1
        ? ['main']
        : Array.from({ length: setting.databases }, (_, index) => `tenant-${index + 1}`);
    this.lag = new Lag(world.timeline, counting, callers.writtenAtMs);
    this.#queues = this.#makeQueues();
    const namespace = (kind: 'aggregate' | 'health' | 'live' | 'rebuild', Class: unknown) =>
      // Its methods are called by their names.
      new ObjectNamespace({ world, kind, envOf: this.envOf, Class: Class as ObjectClass });
    this.#objects = {
      aggregate: namespace('aggregate', worker.AggregateObject),
      health: namespace('health', worker.HealthObject),
      live: namespace('live', worker.LiveObject),
      rebuild: namespace('rebuild', worker.RebuildObject),
    };
    this.relayObjects = new RelayObjects({ ...parts, envOf: this.envOf });
    this.#tick();
  }

  get backlog(): number {
    return this.#queues.reduce((sum, { backlog }) => sum + backlog, 0);
  }

  /** The tenants of several databases, each in one. Local development's own has the only database. */
  readonly tenants: readonly string[];

  async provision(): Promise<void> {
    if (this.tenants.length === 1) return;
    for (const [index, tenant] of this.tenants.entries()) {
      const input = { tenant, database: databaseNames[index] };
      const status = await this.post('/v1/tenants', input, {
        authorization: `Bearer ${ADMIN_KEY}`,
      });
      if (status >= 300) throw new Error(`${tenant} was not provisioned: ${status}.`);
    }
  }

  /** A request from outside, with its status. */
  async post(path: string, body: unknown, credential: HeadersInit = {}): Promise<number> {
    const { timeline, fate } = this.#parts.world;
    const server = new Process('request', 'a request');
    const headers = { 'content-type': 'application/json', ...credential };
    const init = { method: 'POST', headers, body: JSON.stringify(body) };
    await timeline.sleep(fate.delayMs(), path);
    const request = new Request(`${SERVER}${path}`, init);
    const answer = await this.#parts.worker.fetch(request, this.envOf(server));
    await timeline.sleep(fate.delayMs(), path);
    return answer.status;
  }

  /** A statement beside all limits, in each database, for what a run has to find in the end. */
  rows<Row>(sql: string): readonly Row[] {
    return this.#databases.flatMap((database) => {
      const [result] = database.batch([{ sql, values: [] }]);
      // The caller's statement determines the type of the rows.
      return (result?.results ?? []) as unknown as Row[];
    });
  }

  /** Bindings that identify a process: always the same ones, as an isolate has them. */
  readonly envOf = (process: Process): LedgeEnv => {
    const known = this.#envs.get(process) ?? this.#makeEnv(process);
    this.#envs.set(process, known);
    return known;
  };

  #makeEnv(process: Process): LedgeEnv {
    const { aggregate, health, live, rebuild } = this.#objects;
    const whole = aggregate.seenBy(process);
    const getByName = (name: string) =>
      this.relayObjects.has(name) ? this.relayObjects.stub(process, name) : whole.getByName(name);
    // What Ledge uses of its bindings, and no more.
    return {
      AGGREGATE: { getByName },
      HEALTH: health.seenBy(process),
      LIVE: live.seenBy(process),
      REBUILD: rebuild.seenBy(process),
      ...this.#queuesSeenBy(process),
      ...this.#databasesSeenBy(process),
      ...secrets,
      LEDGE_LOCAL_DEVELOPMENT: 'true',
      LEDGE_DEV_HOSTS: 'ledge.example',
    } as unknown as LedgeEnv;
  }

  #databasesSeenBy(process: Process) {
    return Object.fromEntries(
      this.#databases.map((database, index) => [databaseNames[index], database.seenBy(process)]),
    );
  }

  #queuesSeenBy(process: Process) {
    const names = ['EVENTS', ...furtherQueues('EVENTS')];
    return Object.fromEntries(
      this.#queues.map((queue, index) => [names[index], queue.seenBy(process)]),
    );
  }

  #makeQueues(): readonly ModelQueue[] {
    const { world, counting, setting } = this.#parts;
    const consume = (consumer: Process, batch: MessageBatch<unknown>) =>
      this.#parts.worker.queue(batch, this.envOf(consumer));
    const { consumersMax, batchMax, hasMetrics } = setting;
    const usual = { consume, consumersMax, batchMax, hasMetrics };
    const dead = new ModelQueue(world, counting, { ...usual, name: 'events-dead' });
    return Array.from(
      { length: setting.queues },
      (_, number) =>
        new ModelQueue(world, counting, {
          ...{ ...usual, dead, name: number === 0 ? 'events' : `events-${number + 1}` },
          onSend: (body) => this.lag.sent(body),
          onAck: (body, consumer, begunMs) => this.lag.acknowledged(body, consumer, begunMs),
        }),
    );
  }

  #tick(): void {
    const { timeline } = this.#parts.world;
    const run = () => {
      const env = this.envOf(new Process('cron' satisfies ProcessKind, 'the cron'));
      const controller = { scheduledTime: timeline.wallMs } as ScheduledController;
      void this.#parts.worker.scheduled(controller, env).catch(() => undefined);
      this.#tick();
    };
    timeline.in(CRON_EVERY_MS, 'the cron', run, true);
  }
}
