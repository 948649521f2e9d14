/**
 * The databases of a deployment, and which of them a tenant lives in: its stream says so, once and for all. With one
 * database nothing is asked; with several the answer is kept in the isolate without an end, since it never changes.
 */
import { OWN_TENANT } from '../../core/access/own-tenant.ts';
import type { TenantPlace } from '../../core/access/tenant.ts';
import { OtherJurisdiction, UnboundDatabase } from '../../core/failures/misplaced-tenant.ts';
import { databaseNames, FIRST_DATABASE } from '../../core/protocol/deployment-names.ts';
import type { JournalStore } from '../journal/journal-store.ts';
import { boundDatabases } from './bound-databases.ts';
import type { LedgeEnv } from './env.ts';
import { type DatabasePlace, queueOf } from './event-queues.ts';
import { jurisdictionOf } from './jurisdictions.ts';
import type { KnownTenants } from './known-tenants.ts';
import type { Platform } from './platform.ts';

/** A database by the name of its binding. */
export interface NamedPlace extends DatabasePlace {
  readonly name: string;
}

/** One of the databases, with what belongs to it. */
export interface Placement extends NamedPlace, JournalStore {
  /** That of the objects of its tenants; null: they have none. */
  readonly jurisdiction: string | null;
}

/** As if there were no other one. */
const ANY_DATABASE: DatabasePlace = { index: 0, of: 1 };

export class Databases {
  readonly #platform: Pick<Platform, 'database' | 'bucket'>;
  readonly #tenants: KnownTenants;

  constructor(platform: Pick<Platform, 'database' | 'bucket'>, tenants: KnownTenants) {
    this.#platform = platform;
    this.#tenants = tenants;
  }

  /** `DB` first. */
  all(env: LedgeEnv): readonly Placement[] {
    return Array.from({ length: boundDatabases(env) }, (_, index) => this.#at(env, index));
  }

  /** `DB`: of Ledge's own tenant, and of all tenants where there is no other one. */
  first(env: LedgeEnv): Placement {
    return this.#at(env, 0);
  }

  isBound(env: LedgeEnv, name: string): boolean {
    return databaseNames.slice(0, boundDatabases(env)).includes(name);
  }

  /** @throws UnboundDatabase where the Worker has no such database */
  named(env: LedgeEnv, name: string): Placement {
    if (!this.isBound(env, name)) throw new UnboundDatabase(name);
    return this.#at(env, databaseNames.indexOf(name));
  }

  /**
   * The index of a stream's queue, at once where there is one database. Of a tenant whose database is unknown just now: of
   * one of all queues.
   */
  queueOf(env: LedgeEnv, tenant: string, stream: string): number | Promise<number> {
    if (hasOneFor(env, tenant)) return queueOf(env, this.first(env), tenant, stream);
    return this.of(env, tenant).then(
      (place) => queueOf(env, place, tenant, stream),
      () => queueOf(env, ANY_DATABASE, tenant, stream),
    );
  }

  /** @throws where the tenant's object does not answer, UnboundDatabase and OtherJurisdiction */
  async of(env: LedgeEnv, tenant: string): Promise<Placement> {
    if (hasOneFor(env, tenant)) return this.first(env);
    return this.placed(env, await this.#tenants.placeOf(env, tenant));
  }

  /**
   * The database of a tenant as it was provisioned.
   *
   * @throws UnboundDatabase; OtherJurisdiction where the deployment names another one since
   */
  placed(env: LedgeEnv, { database, jurisdiction }: TenantPlace): Placement {
    const placement = this.named(env, database);
    if (placement.jurisdiction === jurisdiction) return placement;
    throw new OtherJurisdiction(database, jurisdiction, placement.jurisdiction);
  }

  /** By the tenants: each is asked for once. A tenant whose database is unknown has the reason. */
  async ofAll(
    env: LedgeEnv,
    tenants: Iterable<string>,
  ): Promise<ReadonlyMap<string, Placement | { readonly error: unknown }>> {
    const placed = [...new Set(tenants)].map(
      async (tenant) =>
        [tenant, await this.of(env, tenant).catch((error: unknown) => ({ error }))] as const,
    );
    return new Map(await Promise.all(placed));
  }

  #at(env: LedgeEnv, index: number): Placement {
    const name = databaseNames[index] ?? FIRST_DATABASE;
    return {
      ...{ index, of: boundDatabases(env), name, jurisdiction: jurisdictionOf(env, name) },
      database: this.#platform.database(env, index),
      bucket: this.#platform.bucket(env, index),
    };
  }
}

function hasOneFor(env: LedgeEnv, tenant: string): boolean {
  return tenant === OWN_TENANT || boundDatabases(env) === 1;
}
