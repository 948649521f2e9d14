/**
 * The tenants of callers, as their streams answered at most ten seconds ago: how long a suspended tenant and a blocked
 * principal are still served. A tenant that is not provisioned, or is erased, has no callers.
 */
import { OWN_TENANT } from '../../core/access/own-tenant.ts';
import type { DeclaredQuotas } from '../../core/access/quota-text.ts';
import { FIRST_PLACE, type TenantPlace, type TenantState } from '../../core/access/tenant.ts';
import type { TenantBrake } from '../../core/access/tenant-brake.ts';
import type { TenantValidity } from '../../core/access/tenant-validity.ts';
import { type Failure, invalid, type Suspension } from '../../core/aggregate/outcome.ts';
import { DEFAULT_TENANT } from '../../core/aggregate/stream.ts';
import { commandText } from '../../core/package-name.ts';
import { BoundedMap } from '../../core/values/bounded-map.ts';
import type { LedgeEnv } from './env.ts';
import { KEPT_MS } from './kept-ms.ts';
import { readTenantState } from './tenant-state.ts';

/** Ours, of some 300 bytes each. The one that was read first makes room. */
const KEPT_MAX = 10_000;

/** `provisioned`: only tenants of the directory. `open`: every tenant that a credential names, until it is erased. */
export type TenantPolicy = 'provisioned' | 'open';

interface KnownTenant {
  readonly readAtMs: number;
  readonly state: TenantState;
}

interface TenantCaller {
  readonly tenant: string;
  readonly actor: string;
}

/** Under what a caller is served. */
export interface Admission {
  readonly suspension: Suspension | null;
  readonly brake: TenantBrake | null;
  readonly quotas: DeclaredQuotas;
  /** Where the tenant lives. */
  readonly place: TenantPlace;
}

const unlimited: Admission = {
  suspension: null,
  brake: null,
  quotas: {},
  place: FIRST_PLACE,
};

export class KnownTenants {
  readonly #known = new BoundedMap<string, KnownTenant>(KEPT_MAX);
  /** By tenant, without an end: no tenant moves. One that is not provisioned is in none of them. */
  readonly #places = new BoundedMap<string, TenantPlace>(KEPT_MAX);
  readonly #policy: TenantPolicy;
  readonly #nowMs: () => number;

  constructor(policy: TenantPolicy, nowMs: () => number) {
    this.#policy = policy;
    this.#nowMs = nowMs;
  }

  /**
   * Under what a caller is served, or why it is refused.
   *
   * @throws where the tenant's object does not answer
   */
  async admission(env: LedgeEnv, { tenant, actor }: TenantCaller): Promise<Failure | Admission> {
    if (tenant === OWN_TENANT) return unlimited;
    const state = await this.#state(env, tenant);
    if (!this.isThere(env, tenant, state)) return unknownTenant;
    if (state.status !== 'active') return unlimited;
    const { suspension, brake, quotas, blocked } = state;
    if (blocked.includes(actor)) return unknownTenant;
    return suspension?.mode === 'closed'
      ? suspended(suspension)
      : { suspension, brake, quotas, place: placeIn(state) };
  }

  async has(env: LedgeEnv, tenant: string): Promise<boolean> {
    return this.isThere(env, tenant, await this.#state(env, tenant));
  }

  /**
   * Where a tenant lives: in the first database, where it is not provisioned.
   *
   * @throws where the tenant's object does not answer
   */
  async placeOf(env: LedgeEnv, tenant: string): Promise<TenantPlace> {
    const known = this.#places.get(tenant);
    if (known !== undefined) return known;
    const state = await readTenantState(env, tenant);
    return this.#keptPlace(tenant, state);
  }

  /** Of now, whatever was known of it. */
  async validity(env: LedgeEnv, tenant: string): Promise<TenantValidity> {
    const state = await readTenantState(env, tenant);
    if (state.status !== 'active') {
      return { isClosed: !this.isThere(env, tenant, state), blocked: [] };
    }
    return { isClosed: state.suspension?.mode === 'closed', blocked: state.blocked };
  }

  /** Why nothing can be made in a tenant now, whatever was known of it. */
  async fault(env: LedgeEnv, tenant: string): Promise<Failure | undefined> {
    if (tenant === OWN_TENANT) return undefined;
    if (this.isThere(env, tenant, await readTenantState(env, tenant))) return undefined;
    const command = commandText(`tenants provision ${tenant}`);
    return invalid('/tenant', `There is no such tenant. This makes it: ${command}`);
  }

  /** Whether it has data, or may have: the tenant of local development needs no provisioning. */
  isThere(env: LedgeEnv, tenant: string, { status }: TenantState): boolean {
    if (status !== 'unknown') return status === 'active';
    const isLocal = env.LEDGE_LOCAL_DEVELOPMENT === 'true' && tenant === DEFAULT_TENANT;
    return isLocal || this.#policy === 'open';
  }

  async #state(env: LedgeEnv, tenant: string): Promise<TenantState> {
    const known = this.#known.get(tenant);
    const readAtMs = this.#nowMs();
    // A clock that went back makes an answer old.
    if (known && Math.abs(readAtMs - known.readAtMs) < KEPT_MS) return known.state;
    const state = await readTenantState(env, tenant);
    this.#known.put(tenant, { readAtMs, state });
    this.#keptPlace(tenant, state);
    return state;
  }

  #keptPlace(tenant: string, state: TenantState): TenantPlace {
    if (state.status === 'unknown') return FIRST_PLACE;
    return this.#places.put(tenant, placeIn(state));
  }
}

function placeIn({ database, jurisdiction }: TenantPlace): TenantPlace {
  return { database, jurisdiction };
}

export function suspended(suspension: Suspension): Failure {
  return { outcome: 'suspended', ...suspension };
}

/** One word for all of them, as for keys. */
const unknownTenant: Failure = { outcome: 'unauthorized', why: 'invalid' };
