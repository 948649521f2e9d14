/**
 * Stores incidents outside of D1, one shard per object, so that operators see undelivered events while D1 itself is
 * down. While a delivery incident is open, its alarm delivers the streams again and removes incidents that are
 * resolved; without incidents it stores nothing, has no alarm and costs nothing. One more of them keeps what the cron
 * observes, and one for each tenant with quotas counts what is used of them.
 */

import { DurableObject } from 'cloudflare:workers';
import type { Lease, LeaseRequest } from '../../core/access/quota.ts';
import { noticeLine } from '../../core/failures/alert-notices.ts';
import type {
  Incident,
  IncidentSummary,
  KnownIncident,
  ResolvedIncident,
} from '../../core/failures/incident.ts';
import type { KeptObservations, Observation } from '../../core/operations/observation.ts';
import type { UsageDay } from '../../core/operator-shapes/usage.ts';
import type { ObjectClass } from '../object-class.ts';
import { ObjectTables } from '../object-tables.ts';
import {
  HEALTH_SCHEMA,
  type HealthTableName,
  type IncidentPage,
  IncidentTable,
} from './incident-table.ts';
import { ObservationTable } from './observation-table.ts';
import type { HealthPorts } from './ports.ts';
import { UsageTable } from './usage-table.ts';

/**
 * Our value: once the cause has ended, a stream is delivered within this time; during an outage D1 gets one request per
 * interval.
 */
const LOOK_AFTER_MS = 10_000;

/**
 * Our limit: each delivery costs requests to its stream's object, and the end of an outage must not cause a burst of
 * them.
 */
const DELIVERED_AT_ONCE = 100;

/** Streams per read of D1, about 50 kB of names. */
const COMPARED_AT_ONCE = 500;

export function healthObject<Env>(ports: HealthPorts<Env>): ObjectClass<Env> {
  return class HealthObject extends DurableObject<Env> {
    readonly #tables: ObjectTables<HealthTableName>;
    readonly #table: IncidentTable;
    readonly #observations: ObservationTable;
    readonly #usage: UsageTable;

    constructor(ctx: DurableObjectState, env: Env) {
      super(ctx, env);
      this.#tables = new ObjectTables(ctx.storage, HEALTH_SCHEMA, ctx.id.name);
      this.#table = new IncidentTable(this.#tables);
      this.#observations = new ObservationTable(this.#tables);
      this.#usage = new UsageTable(this.#tables);
    }

    /** Adds incidents. A known one gets its report counted and its cause updated. */
    async report(incidents: readonly Incident[]): Promise<void> {
      const nowMs = ports.nowMs();
      for (const incident of incidents) this.#incidents.report(incident, nowMs);
      if ((await this.ctx.storage.getAlarm()) === null) await this.#rearm();
    }

    /** Removes incidents up to the given versions. */
    resolve(resolved: readonly ResolvedIncident[]): void {
      for (const incident of resolved) this.#incidents.resolve(incident);
    }

    /** A page of a tenant's incidents, by stream and kind. */
    list(page: IncidentPage): KnownIncident[] {
      return this.#incidents.page(page);
    }

    /** The deliveries with the oldest attempts, of every tenant. Counts as an attempt. */
    take(limit: number): KnownIncident[] {
      return this.#incidents.takeDeliveries(limit, ports.nowMs());
    }

    /** Of a tenant that is erased. */
    forgetTenant(tenant: string): void {
      this.#incidents.forgetTenant(tenant);
    }

    /** The number of incidents over all tenants. */
    summary(): IncidentSummary {
      return this.#incidents.summary();
    }

    /** Logs the alerts that begin, last for another hour or are over, and keeps them. */
    observe(observation: Observation): void {
      this.#tables.requireKnownFormat();
      const notices = this.#observations.observe(observation, ports.nowMs());
      for (const notice of notices) ports.log(...noticeLine(notice));
    }

    /** What is kept of the observations. */
    observed(): KeptObservations {
      this.#tables.requireKnownFormat();
      return this.#observations.kept();
    }

    /** A lease for each request, in order. Logs once that the tenant's day is far above those before. */
    lease(tenant: string, requests: readonly LeaseRequest[]): Lease[] {
      this.#tables.requireKnownFormat();
      return requests.map((request) => {
        const { lease, isFarAbove } = this.#usage.lease(request, ports.nowMs());
        const note = 'a tenant has used more than three times its median of the days before';
        const members = [request.counter];
        if (isFarAbove) ports.log('warn', { operation: 'spend', note, tenant, members });
        return lease;
      });
    }

    /** What was used in a day since 1970. */
    usage(day: number): Omit<UsageDay, 'day'> {
      this.#tables.requireKnownFormat();
      return this.#usage.ofDay(day);
    }

    /** Of a tenant that is erased: a request that is on its way counts nothing more. */
    eraseUsage(): void {
      this.#tables.erase(0);
    }

    /** Never throws: workerd retries an alarm only six times. */
    override async alarm(): Promise<void> {
      try {
        this.resolve(await ports.deliver(this.env, this.take(DELIVERED_AT_ONCE)));
        await this.#forgetSettled();
      } catch (error) {
        ports.log('warn', { operation: 'health', error });
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

    /** Checks all incidents, a page at a time, because another path may have delivered the events. */
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
