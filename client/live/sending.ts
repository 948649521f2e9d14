/**
 * The subscriptions that were sent over the socket and have no response yet. When the socket is finally closed
 * meanwhile, one of them is the reason. If it may be any of several, they are sent one by one over the next socket.
 */
export class UnansweredSubscriptions {
  readonly #send: (id: string) => void;
  readonly #waiting = new Set<string>();
  readonly #unanswered = new Set<string>();
  #isOneByOne = false;

  constructor(send: (id: string) => void) {
    this.#send = send;
  }

  get unanswered(): readonly string[] {
    return [...this.#unanswered];
  }

  /** Resets for a new socket. */
  begin(ids: Iterable<string>): void {
    this.#waiting.clear();
    this.#unanswered.clear();
    for (const id of ids) this.#waiting.add(id);
    this.#sendNext();
  }

  add(id: string): void {
    this.#waiting.add(id);
    this.#sendNext();
  }

  /** The subscription has a response, or was ended. */
  done(id: string): void {
    this.#waiting.delete(id);
    this.#unanswered.delete(id);
    if (this.#waiting.size + this.#unanswered.size === 0) this.#isOneByOne = false;
    this.#sendNext();
  }

  oneByOne(): void {
    this.#isOneByOne = true;
  }

  #sendNext(): void {
    for (const id of this.#waiting) {
      if (this.#isOneByOne && this.#unanswered.size > 0) return;
      this.#waiting.delete(id);
      this.#unanswered.add(id);
      this.#send(id);
    }
  }
}
