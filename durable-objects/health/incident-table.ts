/**
 * The incidents of one health object, in its SQLite storage. Beyond a maximum, reports of further streams are only
 * counted, and the oldest incidents are kept.
 */
import {
  type Incident,
  type IncidentSummary,
  type KnownIncident,
  NOT_ARRIVED,
  type ResolvedIncident,
} from '../../core/failures/incident.ts';
import type { ObjectSchema, ObjectTables } from '../object-tables.ts';
import { OBSERVATION_TABLES, type ObservationTableName } from './observation-table.ts';
import { USAGE_TABLES, type UsageTableName } from './usage-table.ts';

export type HealthTableName = ObservationTableName | UsageTableName;

/** Our limit: about 5 MB, and more streams than an operator reads. There are four such objects. */
const INCIDENTS_MAX = 10_000;

export const HEALTH_SCHEMA: ObjectSchema<HealthTableName> = {
  base: `
  CREATE TABLE object (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    name TEXT NOT NULL,
    format INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE incident (
    tenant TEXT NOT NULL,
    stream TEXT NOT NULL,
    kind TEXT NOT NULL,
    version INTEGER NOT NULL,
    settled_version INTEGER,
    cause TEXT NOT NULL,
    remedy TEXT NOT NULL,
    first_seen_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    reports INTEGER NOT NULL,
    tried_at INTEGER NOT NULL, -- when it was delivered last, with or without success
    PRIMARY KEY (tenant, stream, kind)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE unlisted (id INTEGER PRIMARY KEY, reports INTEGER NOT NULL) STRICT;
`,
  onDemand: { ...OBSERVATION_TABLES, ...USAGE_TABLES },
  migrations: [],
};

const COLUMNS = `tenant, stream, kind, version, settled_version, cause, remedy, first_seen_at, last_seen_at, reports,
  tried_at`;

/**
 * A stream's object knows the cause less well than the consumer that failed, so that its report does not replace a
 * known cause.
 */
const REPORT = `
  INSERT INTO incident (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?8, ?8, 1, 0)
  ON CONFLICT (tenant, stream, kind) DO UPDATE SET
    version = max(version, excluded.version),
    settled_version = coalesce(excluded.settled_version, settled_version),
    cause = CASE excluded.cause WHEN ?9 THEN cause ELSE excluded.cause END,
    remedy = CASE excluded.cause WHEN ?9 THEN remedy ELSE excluded.remedy END,
    last_seen_at = excluded.last_seen_at, reports = reports + 1`;

const RESOLVE = `
  DELETE FROM incident WHERE tenant = ? AND stream = ? AND kind = ? AND version <= ? RETURNING stream`;

const COUNT_UNLISTED = `
  INSERT INTO unlisted (id, reports) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET reports = reports + 1`;

/** The cause and remedy of the newest report: each has its time as a prefix of 15 digits, by which max() compares. */
const SUMMARY = `
  SELECT substr(stream, 1, instr(stream || '/', '/') - 1) AS aggregate, count(*) AS streams,
    sum(version - coalesce(settled_version, version - 1)) AS events, min(first_seen_at) AS first_seen_at,
    substr(max(printf('%015d', last_seen_at) || cause), 16) AS cause,
    substr(max(printf('%015d', last_seen_at) || remedy), 16) AS remedy,
    substr(max(printf('%015d', last_seen_at) || tenant || '/' || stream), 16) AS object
  FROM incident WHERE kind = 'delivery' GROUP BY 1 ORDER BY 1`;

type IncidentRow = {
  readonly tenant: string;
  readonly stream: string;
  readonly kind: Incident['kind'];
  readonly version: number;
  readonly settled_version: number | null;
  readonly cause: string;
  readonly remedy: string;
  readonly first_seen_at: number;
  readonly last_seen_at: number;
  readonly reports: number;
};

type GroupRow = {
  readonly aggregate: string;
  readonly streams: number;
  readonly events: number;
  readonly first_seen_at: number;
  readonly cause: string;
  readonly remedy: string;
  readonly object: string;
};

export interface IncidentPage {
  readonly tenant: string;
  /** The stream and the kind after which the page begins. */
  readonly after: readonly [stream: string, kind: string];
  readonly limit: number;
}

export class IncidentTable {
  readonly #tables: ObjectTables<HealthTableName>;
  /** The number of incidents; undefined: not read yet. */
  #known: number | undefined;

  constructor(tables: ObjectTables<HealthTableName>) {
    this.#tables = tables;
  }

  report(incident: Incident, nowMs: number): void {
    const isNew = !this.#has(incident);
    const count = this.#count();
    if (isNew && count >= INCIDENTS_MAX) {
      this.#tables.write(COUNT_UNLISTED);
      return;
    }
    const { tenant, stream, kind, version, settledVersion, cause, remedy } = incident;
    const values = [tenant, stream, kind, version, settledVersion, cause, remedy, nowMs];
    this.#tables.write(REPORT, ...values, NOT_ARRIVED.cause);
    if (isNew) this.#known = count + 1;
  }

  /** Makes room, so that streams that were only counted are listed at their next report. */
  resolve({ tenant, stream, kind, version }: ResolvedIncident): void {
    if (!this.#tables.isStored) return;
    const count = this.#count();
    const gone = this.#tables.write(RESOLVE, tenant, stream, kind, version).toArray();
    this.#known = count - gone.length;
    if (this.#known < INCIDENTS_MAX) this.#tables.write('DELETE FROM unlisted');
  }

  forgetTenant(tenant: string): void {
    if (!this.#tables.isStored) return;
    this.#tables.write('DELETE FROM incident WHERE tenant = ?', tenant);
    this.#known = undefined;
  }

  settle({ tenant, stream, kind }: Incident, settledVersion: number): void {
    const values = [settledVersion, tenant, stream, kind];
    this.#tables.write(
      'UPDATE incident SET settled_version = ? WHERE tenant = ? AND stream = ? AND kind = ?',
      ...values,
    );
  }

  page({ tenant, after, limit }: IncidentPage): KnownIncident[] {
    return this.#select(
      'WHERE tenant = ? AND (stream, kind) > (?, ?) ORDER BY stream, kind LIMIT ?',
      tenant,
      ...after,
      limit,
    );
  }

  /** Deliveries of all tenants, in the order of their keys. */
  deliveriesAfter({ tenant, stream }: Pick<Incident, 'tenant' | 'stream'>, limit: number) {
    return this.#select(
      "WHERE kind = 'delivery' AND (tenant, stream) > (?, ?) ORDER BY tenant, stream LIMIT ?",
      tenant,
      stream,
      limit,
    );
  }

  /** The deliveries with the oldest attempts, so that one that keeps failing does not delay others. */
  takeDeliveries(limit: number, nowMs: number): KnownIncident[] {
    const taken = this.#select("WHERE kind = 'delivery' ORDER BY tried_at LIMIT ?", limit);
    for (const { tenant, stream } of taken) {
      this.#tables.write(
        "UPDATE incident SET tried_at = ? WHERE tenant = ? AND stream = ? AND kind = 'delivery'",
        ...[nowMs, tenant, stream],
      );
    }
    return taken;
  }

  summary(): IncidentSummary {
    return {
      deliveries: this.#rows<GroupRow>(SUMMARY).map(({ first_seen_at, object, ...group }) => ({
        ...{ ...group, firstSeenAt: timeOf(first_seen_at) },
        tenant: object.slice(0, object.indexOf('/')),
        stream: object.slice(object.indexOf('/') + 1),
      })),
      timers: this.#number("SELECT count(*) AS number FROM incident WHERE kind GLOB 'timer/*'"),
      actions: this.#number("SELECT count(*) AS number FROM incident WHERE kind GLOB 'action/*'"),
      restored: this.#number("SELECT count(*) AS number FROM incident WHERE kind = 'restored'"),
      subscriptions: this.#number(
        "SELECT count(*) AS number FROM incident WHERE kind = 'subscription'",
      ),
      schedules: this.#number("SELECT count(*) AS number FROM incident WHERE kind = 'schedule'"),
      groups: this.#number("SELECT count(*) AS number FROM incident WHERE kind = 'group'"),
      unlisted: this.#number('SELECT coalesce(sum(reports), 0) AS number FROM unlisted'),
    };
  }

  #count(): number {
    this.#known ??= this.#number('SELECT count(*) AS number FROM incident');
    return this.#known;
  }

  #has({ tenant, stream, kind }: Incident): boolean {
    const sql =
      'SELECT count(*) AS number FROM incident WHERE tenant = ? AND stream = ? AND kind = ?';
    return this.#number(sql, tenant, stream, kind) > 0;
  }

  #number(sql: string, ...values: string[]): number {
    return this.#rows<{ number: number }>(sql, ...values)[0]?.number ?? 0;
  }

  #select(where: string, ...values: (string | number)[]): KnownIncident[] {
    return this.#rows<IncidentRow>(`SELECT ${COLUMNS} FROM incident ${where}`, ...values).map(
      incidentFrom,
    );
  }

  #rows<Row extends Record<string, SqlStorageValue>>(
    sql: string,
    ...values: SqlStorageValue[]
  ): Row[] {
    const { isStored, sql: storage } = this.#tables;
    return isStored ? storage.exec<Row>(sql, ...values).toArray() : [];
  }
}

function incidentFrom(row: IncidentRow): KnownIncident {
  const { tenant, stream, kind, version, settled_version, cause, remedy, reports } = row;
  return {
    ...{ tenant, stream, kind, version, settledVersion: settled_version, cause, remedy, reports },
    firstSeenAt: timeOf(row.first_seen_at),
    lastSeenAt: timeOf(row.last_seen_at),
  };
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}
