/**
 * The frames to one socket, in their order. Before each, the caller's time is looked at, and its API key and its tenant
 * were read at most ten seconds ago: else the frames wait until they are. So nothing is sent later than that after a
 * revocation, a block, or the end of a tenant.
 */
import type { KeyReference, KeyValidity } from '../../core/access/key-reference.ts';
import type { TenantValidity } from '../../core/access/tenant-validity.ts';
import type { KeyChecks } from './key-checks.ts';
import type { SocketCaller } from './socket-caller.ts';
import { DISMISSED, EXPIRED, REVOKED, type SocketEnd, UNCHECKED } from './socket-end.ts';
import type { TenantCheck } from './tenant-check.ts';

interface OutgoingFrame {
  readonly text: string;
  /** Called when it was sent. */
  readonly sent: () => void;
}

export interface OutgoingSetting {
  readonly nowMs: () => number;
  readonly keys: KeyChecks;
  readonly tenant: TenantCheck;
  /** The caller now: a renewal changes its end. */
  readonly caller: () => SocketCaller;
  readonly transmit: (text: string) => void;
  readonly close: (end: SocketEnd) => void;
  /** Gets the promise of each wait for a read. */
  readonly keep: (work: Promise<unknown>) => void;
}

export class OutgoingFrames {
  readonly #setting: OutgoingSetting;
  #waiting: OutgoingFrame[] = [];
  #isClosed = false;

  constructor(setting: OutgoingSetting) {
    this.#setting = setting;
  }

  /** Why nothing may be sent any more, as far as it is known without a read. */
  get end(): SocketEnd | undefined {
    const { nowMs, caller, keys, tenant } = this.#setting;
    const { untilMs, key } = caller();
    if (untilMs !== null && nowMs() >= untilMs) return EXPIRED;
    return (key && this.#endBy(keys.recent(key))) ?? this.#endByTenant(tenant.recent());
  }

  #endByTenant(validity: TenantValidity | undefined): SocketEnd | undefined {
    const { actor, isUnrestricted } = this.#setting.caller();
    if (!validity || isUnrestricted) return undefined;
    return validity.isClosed || validity.blocked.includes(actor) ? DISMISSED : undefined;
  }

  #endBy(validity: KeyValidity | undefined): SocketEnd | undefined {
    if (!validity) return undefined;
    if (validity.isRevoked) return REVOKED;
    return this.#setting.nowMs() >= validity.endsAtMs ? EXPIRED : undefined;
  }

  send(text: string, sent: () => void): void {
    if (this.#isClosed) return;
    this.#waiting.push({ text, sent });
    if (this.#waiting.length === 1) this.check();
  }

  /** Sends what waits, or closes the socket, once key and tenant are known to be valid, or not to be. */
  check(): void {
    const { caller, keys, tenant, keep } = this.#setting;
    const { key, isUnrestricted } = caller();
    const oldKey = key && !keys.recent(key) ? key : undefined;
    const isTenantOld = !isUnrestricted && !tenant.recent();
    if (oldKey || isTenantOld) keep(this.#sendOnceRead(oldKey, isTenantOld));
    else this.#sendUnless(this.end);
  }

  async #sendOnceRead(key: KeyReference | undefined, isTenantOld: boolean): Promise<void> {
    const { keys, tenant } = this.#setting;
    const reads = [key && keys.read(key), isTenantOld ? tenant.read() : undefined] as const;
    const end = await Promise.all(reads).then(
      ([ofKey, ofTenant]) => this.#endBy(ofKey) ?? this.#endByTenant(ofTenant) ?? this.end,
      () => UNCHECKED,
    );
    this.#sendUnless(end);
  }

  #sendUnless(end: SocketEnd | undefined): void {
    if (end) this.#close(end);
    for (const { text, sent } of this.#waiting.splice(0)) {
      if (this.#isClosed) return;
      this.#setting.transmit(text);
      sent();
    }
  }

  #close(end: SocketEnd): void {
    if (!this.#isClosed) this.#setting.close(end);
  }

  /** Drops what waits: the socket is closed. */
  stop(): void {
    this.#isClosed = true;
    this.#waiting = [];
  }
}
