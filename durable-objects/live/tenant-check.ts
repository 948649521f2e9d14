/**
 * What is known of the tenant of a Live object: read once for all of its sockets, and only when a frame is to be sent.
 */
import type { TenantValidity } from '../../core/access/tenant-validity.ts';
import { withDeadline } from '../with-deadline.ts';
import { KNOWN_MS, WITHIN_MS } from './key-checks.ts';

export interface TenantCheckSetting {
  readonly nowMs: () => number;
  readonly read: () => Promise<TenantValidity>;
}

export class TenantCheck {
  readonly #setting: TenantCheckSetting;
  #known: { readonly readAtMs: number; readonly validity: TenantValidity } | undefined;
  #reading: Promise<TenantValidity> | undefined;

  constructor(setting: TenantCheckSetting) {
    this.#setting = setting;
  }

  /** Undefined where it was not read within the last ten seconds; a clock that went back makes a read old. */
  recent(): TenantValidity | undefined {
    const known = this.#known;
    const isRecent = known && Math.abs(this.#setting.nowMs() - known.readAtMs) < KNOWN_MS;
    return isRecent ? known.validity : undefined;
  }

  /** @throws where the tenant's object does not answer */
  read(): Promise<TenantValidity> {
    this.#reading ??= this.#begin().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #begin(): Promise<TenantValidity> {
    const readAtMs = this.#setting.nowMs();
    const reading = this.#setting.read();
    const validity = await withDeadline(reading, WITHIN_MS, 'The tenant’s object does not answer.');
    this.#known = { readAtMs, validity };
    return validity;
  }
}
