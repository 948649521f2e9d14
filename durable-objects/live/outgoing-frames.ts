/**
 * The frames to one socket, in their order. Before each, the caller's time is looked at, and its API key was read at most
 * ten seconds ago: else the frames wait until it is read. So nothing is sent later than that after a revocation.
 */
import type { KeyReference, KeyValidity } from '../../core/access/key-reference.ts';
import type { KeyChecks } from './key-checks.ts';
import type { SocketCaller } from './socket-caller.ts';
import { EXPIRED, REVOKED, type SocketEnd, UNCHECKED } from './socket-end.ts';

interface OutgoingFrame {
  readonly text: string;
  /** Called when it was sent. */
  readonly sent: () => void;
}

export interface OutgoingSetting {
  readonly nowMs: () => number;
  readonly keys: KeyChecks;
  /** The caller now: a renewal changes its end. */
  readonly caller: () => SocketCaller;
  readonly transmit: (text: string) => void;
  readonly close: (end: SocketEnd) => void;
  /** Gets the promise of each wait for a key. */
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
    const { nowMs, caller, keys } = this.#setting;
    const { untilMs, key } = caller();
    if (untilMs !== null && nowMs() >= untilMs) return EXPIRED;
    return key ? this.#endBy(keys.recent(key)) : undefined;
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

  /** Sends what waits, or closes the socket, once the key is known to be valid, or not to be. */
  check(): void {
    const { key } = this.#setting.caller();
    if (key && !this.#setting.keys.recent(key)) this.#setting.keep(this.#sendOnceRead(key));
    else this.#sendUnless(this.end);
  }

  async #sendOnceRead(key: KeyReference): Promise<void> {
    const end = await this.#setting.keys.read(key).then(
      (validity) => this.#endBy(validity) ?? this.end,
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
