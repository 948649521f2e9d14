/**
 * The quotas of callers, as far as this isolate has leases of them. A lease is counted when it is taken, so what is
 * counted is at least what was used. Fails closed: what cannot be counted is not done.
 */
import {
  type CountedQuota,
  type Lease,
  type LeaseRequest,
  leaseSize,
} from '../../core/access/quota.ts';
import type { Failure } from '../../core/aggregate/outcome.ts';
import type { Log } from '../../core/failures/log-line.ts';
import { BoundedMap } from '../../core/values/bounded-map.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import { quotaStub } from '../runtime/object-stubs.ts';
import type { TooManyRequests } from './rate-limits.ts';

/** Ours, of some 200 bytes each. What was used first makes room, and loses its leases. */
const HELD_MAX = 10_000;

/** What is left of the leases of one quota in one window. */
interface Held {
  readonly counted: CountedQuota;
  /** Below 0: used, and not counted yet. */
  left: number;
  /** In this window, by this isolate. */
  used: number;
  endsAtMs: number;
  /** The object has no more in this window. */
  isExhausted: boolean;
  /** What is asked for meanwhile is taken alone, so that an isolate loses one lease and not one for each request. */
  isLeasing: boolean;
}

export interface QuotaSetting {
  readonly nowMs: () => number;
  readonly log: Log;
  /** For callers, where the object does not answer. */
  readonly failureOf: (error: unknown) => Failure;
}

export class Quotas {
  readonly #held = new BoundedMap<string, Held>(HELD_MAX);
  readonly #setting: QuotaSetting;

  constructor(setting: QuotaSetting) {
    this.#setting = setting;
  }

  /** Takes from all of them, or from none and is a failure. Without quotas nothing is asked. */
  async take(
    env: LedgeEnv,
    tenant: string,
    quotas: readonly CountedQuota[],
    amount = 1,
  ): Promise<Failure | undefined> {
    const all = quotas.map((counted) => this.#heldOf(tenant, counted));
    const lacking = all.filter(({ left }) => left < amount);
    const spent = lacking.find(({ isExhausted }) => isExhausted);
    if (spent) return this.#refusal(spent);
    const ready = all.filter((held) => !lacking.includes(held));
    for (const held of ready) use(held, amount);
    if (lacking.length === 0) return undefined;
    const failure = await this.#leased(env, tenant, lacking, amount);
    // What was not done is not used.
    if (failure) for (const held of ready) use(held, -amount);
    return failure;
  }

  /** Asks once for what is about to be taken in many parts. */
  async hold(
    env: LedgeEnv,
    tenant: string,
    quotas: readonly CountedQuota[],
    amount: number,
  ): Promise<void> {
    const all = quotas.map((counted) => this.#heldOf(tenant, counted));
    const lacking = all.filter(({ left, isExhausted }) => left < amount && !isExhausted);
    if (lacking.length > 0) await this.#lease(env, tenant, lacking, amount);
  }

  /** Of one that was taken and not used. */
  giveBack(tenant: string, quotas: readonly CountedQuota[]): void {
    for (const counted of quotas) use(this.#heldOf(tenant, counted), -1);
  }

  /** Counts what was used already, at once where there is no lease for it. Never rejects. */
  async charge(
    env: LedgeEnv,
    tenant: string,
    quotas: readonly CountedQuota[],
    amount: number,
  ): Promise<void> {
    const all = quotas.map((counted) => this.#heldOf(tenant, counted));
    for (const held of all) use(held, amount);
    const owing = all.filter(({ left }) => left < 0);
    if (owing.length > 0) await this.#lease(env, tenant, owing, 0);
  }

  async #leased(
    env: LedgeEnv,
    tenant: string,
    lacking: readonly Held[],
    amount: number,
  ): Promise<Failure | undefined> {
    const failure = await this.#lease(env, tenant, lacking, amount);
    if (failure) return failure;
    const over = lacking.find(({ left }) => left < amount);
    if (over) return this.#refusal(over);
    for (const held of lacking) use(held, amount);
    return undefined;
  }

  async #lease(
    env: LedgeEnv,
    tenant: string,
    lacking: readonly Held[],
    amount: number,
  ): Promise<Failure | undefined> {
    const growing = lacking.filter(({ isLeasing }) => !isLeasing);
    const requests = lacking.map((held) => requestOf(held, amount));
    for (const held of growing) held.isLeasing = true;
    for (const [index, held] of lacking.entries()) held.left += requests[index]?.used ?? 0;
    const leases = await this.#ask(env, tenant, requests);
    for (const held of growing) held.isLeasing = false;
    const isKnown = !('outcome' in leases);
    for (const [index, held] of lacking.entries()) {
      if (isKnown) keep(held, requests[index], leases[index]);
      // The next request has it.
      else held.left -= requests[index]?.used ?? 0;
    }
    return isKnown ? undefined : leases;
  }

  async #ask(
    env: LedgeEnv,
    tenant: string,
    requests: readonly LeaseRequest[],
  ): Promise<readonly Lease[] | Failure> {
    try {
      return await quotaStub(env, tenant).lease(tenant, requests);
    } catch (error) {
      this.#setting.log('error', { operation: 'quota', tenant, error });
      return this.#setting.failureOf(error);
    }
  }

  /** A lease ends with its window. A quota that was changed is leased again. */
  #heldOf(tenant: string, counted: CountedQuota): Held {
    const { counter, principal, quota } = counted;
    const key = `${tenant}/${counter}/${principal}`;
    const held = this.#held.get(key);
    const isSame =
      held?.counted.quota.amount === quota.amount && held.counted.quota.windowMs === quota.windowMs;
    if (held && isSame && this.#setting.nowMs() < held.endsAtMs) return held;
    const none = { left: 0, used: 0, isExhausted: false, isLeasing: false };
    return this.#held.put(key, { ...none, counted, endsAtMs: Number.POSITIVE_INFINITY });
  }

  #refusal({ counted, endsAtMs }: Held): TooManyRequests {
    const { counter, principal, quota } = counted;
    const leftMs = endsAtMs - this.#setting.nowMs();
    return {
      outcome: 'too-many-requests',
      limit: counter,
      scope: principal === '' ? 'tenant' : 'principal',
      quota: quota.amount,
      windowSeconds: quota.windowMs / 1_000,
      retryAfterSeconds: Math.max(1, Math.ceil(leftMs / 1_000)),
    };
  }
}

function requestOf(held: Held, amount: number): LeaseRequest {
  const { counted, left, used, isLeasing } = held;
  const size = leaseSize(counted, used);
  return {
    ...counted,
    wanted: isLeasing ? amount : Math.max(amount, size),
    used: Math.max(0, -left),
  };
}

function keep(held: Held, request: LeaseRequest | undefined, lease: Lease | undefined): void {
  if (!request || !lease) return;
  // Of a window that began while it was asked for.
  if (held.endsAtMs !== lease.endsAtMs) Object.assign(held, { left: 0, used: 0 });
  held.left += lease.granted;
  held.endsAtMs = lease.endsAtMs;
  held.isExhausted = lease.granted < request.wanted;
}

function use(held: Held, amount: number): void {
  held.left -= amount;
  held.used += amount;
}
