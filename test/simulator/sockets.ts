/** WebSockets: two ends, between which messages take their time, keep their order, and break off. */
import type { World } from './process.ts';

type Listener = (event: object) => void;
type EventType = 'open' | 'message' | 'close' | 'error';

/** As much of an attachment as the platform takes. */
const ATTACHMENT_BYTES_MAX = 16_384;

/** A listener of a socket. */
export type SocketListener = (type: EventType, event: SocketEvent) => void;

interface SocketEvent {
  readonly data?: string;
  readonly code?: number;
  /** When the other end sent it. */
  readonly sentAtMs?: number;
}

export class SocketEnd {
  /** What its object accepted it with. */
  tags: readonly string[] = [];
  readonly #world: World;
  readonly #listeners = new Map<string, Listener[]>();
  #other: SocketEnd | undefined;
  #listener: SocketListener | undefined;
  /** What came before anybody listened. */
  #undelivered: Parameters<SocketListener>[] = [];
  #attachment: unknown = null;
  #lastAtMs = 0;
  #isOpen = true;

  constructor(world: World) {
    this.#world = world;
  }

  static pair(world: World): [client: SocketEnd, server: SocketEnd] {
    const ends = [new SocketEnd(world), new SocketEnd(world)] as const;
    ends[0].#other = ends[1];
    ends[1].#other = ends[0];
    return [...ends];
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  send(data: string): void {
    if (!this.#isOpen) throw new Error('The socket is closed.');
    const isSignOfLife = data === 'ping' || data === 'pong';
    if (this.#world.fate.strikes('a socket breaks')) this.break();
    else this.#deliver('message', { data }, isSignOfLife);
  }

  close(code = 1005): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#deliver('close', { code });
  }

  /** Both ends are notified, each after its delay. */
  break(): void {
    if (!this.#isOpen) return;
    this.close(1006);
    this.#other?.close(1006);
  }

  accept(): void {
    this.listen((type, event) => {
      for (const listen of this.#listeners.get(type) ?? []) listen(event);
    });
  }

  addEventListener(type: EventType, listener: Listener): void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]);
  }

  listen(listener: SocketListener): void {
    this.#listener = listener;
    for (const delivered of this.#undelivered.splice(0)) listener(...delivered);
  }

  /** @throws when it is more than the platform takes */
  serializeAttachment(attachment: unknown): void {
    if (JSON.stringify(attachment).length > ATTACHMENT_BYTES_MAX) {
      throw new Error('The attachment is too large.');
    }
    this.#attachment = structuredClone(attachment);
  }

  deserializeAttachment(): unknown {
    return structuredClone(this.#attachment);
  }

  #deliver(type: EventType, given: SocketEvent, isSignOfLife = false): void {
    const { timeline, fate } = this.#world;
    const event = { ...given, sentAtMs: timeline.nowMs };
    const other = this.#other;
    this.#lastAtMs = Math.max(this.#lastAtMs, timeline.nowMs + fate.delayMs());
    const waitMs = this.#lastAtMs - timeline.nowMs;
    timeline.in(waitMs, `a socket has a ${type}`, () => other?.get(type, event), isSignOfLife);
  }

  get(type: EventType, event: SocketEvent): void {
    if (!this.#isOpen && type === 'message') return;
    if (type === 'close') this.#isOpen = false;
    if (this.#listener) this.#listener(type, event);
    else this.#undelivered.push([type, event]);
  }
}
