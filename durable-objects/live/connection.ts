/**
 * One socket with its subscriptions. They stand in its attachment, which is all that is left of it when the object
 * sleeps. Made by the hub for every socket, at its accept and after every sleep.
 */
import { SUBSCRIPTIONS_MAX } from '../../core/live-protocol.ts';
import { type Failure, wrongState } from '../../core/outcome.ts';
import type { Follower } from './group.ts';
import type { WantedQuery } from './ports.ts';

/** The platform's limit on an attachment. */
const ATTACHMENT_BYTES_MAX = 16_384;

/** Ours: what a socket may send at once, and then by the second. A client that follows a page sends a few. */
const FRAMES_AT_ONCE = 200;
const FRAMES_A_SECOND = 20;

/**
 * Ours: what a socket is sent at most before it shows a sign of life, which is a frame or a ping. The platform does not
 * tell what waits to be sent, so this is what bounds it.
 */
const UNHEARD_CHARACTERS_MAX = 8_000_000;

/** As long as a digest, so that an attachment that fits goes on fitting. */
const NO_DIGEST = '-'.repeat(22);

/** A subscription as the attachment keeps it. */
export interface Kept extends WantedQuery {
  readonly id: string;
  /** Of the rows that it was told last. */
  readonly digest: string;
}

export class Subscription implements Follower {
  readonly #connection: Connection;
  readonly since?: string;
  #kept: Kept;

  constructor(connection: Connection, kept: Kept, since?: string) {
    this.#connection = connection;
    this.#kept = kept;
    if (since !== undefined) this.since = since;
  }

  get id(): string {
    return this.#kept.id;
  }

  get digest(): string {
    return this.#kept.digest;
  }

  get kept(): Kept {
    return this.#kept;
  }

  send(frame: string, digest = this.digest): void {
    this.#connection.send(frame);
    if (digest === this.digest) return;
    this.#kept = { ...this.#kept, digest };
    this.#connection.keep();
  }
}

export interface ConnectionSetting {
  readonly nowMs: () => number;
  /** When the platform last answered a ping of the socket by itself. */
  readonly pingedAtMs: (socket: WebSocket) => number;
  /** Called when it is closed from here. */
  readonly closed: () => void;
}

export class Connection {
  readonly #socket: WebSocket;
  readonly #setting: ConnectionSetting;
  readonly #subscriptions = new Map<string, Subscription>();
  #allowance = FRAMES_AT_ONCE;
  #allowedAtMs: number;
  #unheardCharacters = 0;
  #pingedAtMs: number;

  constructor(socket: WebSocket, setting: ConnectionSetting) {
    this.#socket = socket;
    this.#setting = setting;
    this.#allowedAtMs = setting.nowMs();
    this.#pingedAtMs = setting.pingedAtMs(socket);
    for (const kept of keptOf(socket)) {
      this.#subscriptions.set(kept.id, new Subscription(this, kept));
    }
  }

  get subscriptions(): readonly Subscription[] {
    return [...this.#subscriptions.values()];
  }

  find(id: string): Subscription | undefined {
    return this.#subscriptions.get(id);
  }

  /** Counts a frame that came in; false when there were too many. */
  allowsFrame(): boolean {
    this.#unheardCharacters = 0;
    const now = this.#setting.nowMs();
    const grown = this.#allowance + ((now - this.#allowedAtMs) / 1_000) * FRAMES_A_SECOND;
    this.#allowedAtMs = now;
    this.#allowance = Math.min(grown, FRAMES_AT_ONCE) - 1;
    return this.#allowance >= 0;
  }

  /** Kept in the attachment at once, or refused. */
  add(id: string, wanted: WantedQuery, since: string | undefined): Subscription | Failure {
    if (this.#subscriptions.size >= SUBSCRIPTIONS_MAX) {
      return wrongState(
        `A socket has at most ${SUBSCRIPTIONS_MAX} subscriptions. Open another socket.`,
      );
    }
    const subscription = new Subscription(this, { ...wanted, id, digest: NO_DIGEST }, since);
    this.#subscriptions.set(id, subscription);
    if (this.keep()) return subscription;
    this.remove(id);
    return wrongState(
      `The subscriptions of a socket take at most ${ATTACHMENT_BYTES_MAX} bytes. Open another socket.`,
    );
  }

  remove(id: string): void {
    this.#subscriptions.delete(id);
    this.keep();
  }

  /** False when it is too much for an attachment: then that is as it was. */
  keep(): boolean {
    try {
      this.#socket.serializeAttachment(this.subscriptions.map(({ kept }) => kept));
      return true;
    } catch {
      return false;
    }
  }

  /** To a socket that is closing nothing can be sent; that it has closed is told to the hub. */
  send(frame: string): void {
    this.#unheardCharacters += frame.length;
    if (this.#unheardCharacters > UNHEARD_CHARACTERS_MAX && !this.#hasPinged()) {
      this.close(1013, 'Much was sent and nothing heard: come back, and ping now and then.');
      return;
    }
    try {
      this.#socket.send(frame);
    } catch {
      this.close(1011, 'The frame could not be sent.');
    }
  }

  /** Whether it has since the last time that this was asked. */
  #hasPinged(): boolean {
    const pingedAtMs = this.#setting.pingedAtMs(this.#socket);
    if (pingedAtMs === this.#pingedAtMs) return false;
    this.#pingedAtMs = pingedAtMs;
    this.#unheardCharacters = 0;
    return true;
  }

  close(code: number, reason: string): void {
    this.#setting.closed();
    try {
      this.#socket.close(code, reason);
    } catch {
      // It is closed already, which is what was wanted.
    }
  }
}

/** What `keep` wrote, and nobody else does. */
function keptOf(socket: WebSocket): readonly Kept[] {
  return socket.deserializeAttachment() ?? [];
}
