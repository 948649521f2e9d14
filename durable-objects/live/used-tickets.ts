/** The tickets that sockets of one Live object were opened or renewed with, for as long as they could be used again. */

/** Ours, of some 100 bytes each: more than a thousand a second. */
const REMEMBERED_MAX = 100_000;

export interface UsedTicket {
  readonly id: string;
  readonly expiresAtMs: number;
}

export class UsedTickets {
  readonly #nowMs: () => number;
  readonly #used = new Map<string, number>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** False for one that was used before, or where too many are remembered to tell. */
  use({ id, expiresAtMs }: UsedTicket): boolean {
    if (this.#used.has(id)) return false;
    if (this.#used.size >= REMEMBERED_MAX) this.#forgetExpired();
    if (this.#used.size >= REMEMBERED_MAX) return false;
    this.#used.set(id, expiresAtMs);
    return true;
  }

  #forgetExpired(): void {
    const nowMs = this.#nowMs();
    for (const [id, expiresAtMs] of this.#used) if (expiresAtMs <= nowMs) this.#used.delete(id);
  }
}
