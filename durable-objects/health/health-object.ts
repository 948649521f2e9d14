/**
 * Keeps incidents outside of D1, one shard of them an object, so that operators see what D1 lacks while D1 itself is
 * down. While a delivery is registered, its alarm delivers streams again and forgets what has arrived; without
 * incidents it holds nothing, has no alarm and costs nothing.
 */

import { DurableObject } from 'cloudflare:workers';
import { errorText } from '../../core/failures/error-text.ts';
import type {
  Incident,
  IncidentSummary,
  KnownIncident,
  ResolvedIncident,
} from '../../core/failures/incident.ts';
import type { ObjectClass } from '../object-class.ts';
import { ObjectTables } from '../object-tables.ts';
import { HEALTH_SCHEMA, type IncidentPage, IncidentTable } from './incident-table.ts';
import type { HealthPorts } from './ports.ts';

/** Ours: a stream is delivered within this once its cause is gone, and an outage costs D1 one request in as long. */
const LOOK_AFTER_MS = 10_000;

/** Each costs requests to its stream's object. Ours: an outage must not end in a storm. */
const DELIVERED_AT_ONCE = 100;

/** Streams in one read of D1, some 50 kB of their names. */
const COMPARED_AT_ONCE = 500;

export function healthObject<Env>(ports: HealthPorts<Env>): ObjectClass<Env> {
  return class HealthObject extends DurableObject<Env> {
    readonly #tables: ObjectTables;
    readonly #table: IncidentTable;

    constructor(ctx: DurableObjectState, env: Env) {
      super(ctx, env);
      this.#tables = new ObjectTables(ctx.storage, HEALTH_SCHEMA, ctx.id.name);
      this.#table = new IncidentTable(this.#tables);
    }

    /** Registers incidents. One that is known counts one more report, with its newest cause. */
    async report(incidents: readonly Incident[]): Promise<void> {
      const nowMs = ports.nowMs();
      for (const incident of incidents) this.#incidents.report(incident, nowMs);
      if ((await this.ctx.storage.getAlarm()) === null) await this.#rearm();
    }

    /** Forgets incidents up to the versions that are given. */
    resolve(resolved: readonly ResolvedIncident[]): void {
      for (const incident of resolved) this.#incidents.resolve(incident);
    }

    /** A page of a tenant's incidents, by stream and kind. */
    list(page: IncidentPage): KnownIncident[] {
      return this.#incidents.page(page);
    }

    /** The deliveries that were tried longest ago, of every tenant. Counts as a try. */
    take(limit: number): KnownIncident[] {
      return this.#incidents.takeDeliveries(limit, ports.nowMs());
    }

    /** The incidents of every tenant, counted. */
    summary(): IncidentSummary {
      return this.#incidents.summary();
    }

    /** Never throws: the runtime gives an alarm only six retries. */
    override async alarm(): Promise<void> {
      try {
        this.resolve(await ports.deliver(this.env, this.take(DELIVERED_AT_ONCE)));
        await this.#forgetSettled();
      } catch (error) {
        ports.log('warn', { operation: 'health', error: errorText(error) });
      }
      await this.#rearm();
    }

    /** @throws UnknownFormat */
    get #incidents(): IncidentTable {
      this.#tables.requireKnownFormat();
      return this.#table;
    }

    async #rearm(): Promise<void> {
      if (!this.#tables.hasKnownFormat) {
        await this.ctx.storage.setAlarm(ports.nowMs() + LOOK_AFTER_MS);
        return;
      }
      const [delivery] = this.#incidents.deliveriesAfter({ tenant: '', stream: '' }, 1);
      if (delivery) await this.ctx.storage.setAlarm(ports.nowMs() + LOOK_AFTER_MS);
    }

    /** All of them, a page at a time: others may have delivered them. */
    async #forgetSettled(): Promise<void> {
      let after: Pick<Incident, 'tenant' | 'stream'> | undefined = { tenant: '', stream: '' };
      while (after) {
        const page: KnownIncident[] = this.#incidents.deliveriesAfter(after, COMPARED_AT_ONCE);
        if (page.length > 0) await this.#compare(page);
        after = page.length === COMPARED_AT_ONCE ? page.at(-1) : undefined;
      }
    }

    async #compare(page: readonly KnownIncident[]): Promise<void> {
      for (const { incident, settledVersion } of await ports.settledVersions(this.env, page)) {
        if (settledVersion >= incident.version) this.#incidents.resolve(incident);
        else if (settledVersion !== incident.settledVersion)
          this.#incidents.settle(incident, settledVersion);
      }
    }
  };
}
