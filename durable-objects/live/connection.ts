/**
 * One socket with its subscriptions. They stand in its attachment, which is all that is left of it when the object
 * sleeps. Made by the hub for every socket, at its accept and after every sleep.
 */

import { type Failure, wrongState } from '../../core/aggregate/outcome.ts';
import { SUBSCRIPTIONS_MAX } from '../../core/live/live-protocol.ts';
import { DIGEST_CHARACTERS } from '../digest.ts';
import { Allowance } from './allowance.ts';
import { EXPIRED } from './expired.ts';
import type { GroupSubscription } from './group.ts';
import type { SubscribedQuery } from './ports.ts';
import type { TurnOwner } from './turns.ts';

/** The platform's limit on an attachment. */
const ATTACHMENT_BYTES_MAX = 16_384;

/** Ours: what a socket may send at once, and then by the second. A client that follows a page sends a few. */
export const FRAMES = { atOnce: 200, perSecond: 20 } as const;

/**
 * Ours: what a socket is sent at most before it shows a sign of life, which is a frame or a ping. The platform does not
 * tell what waits to be sent, so this is what bounds it.
 */
const UNHEARD_CHARACTERS_MAX = 8_000_000;

/** As long as a digest, so that an attachment that fits goes on fitting. */
const NO_DIGEST = '-'.repeat(DIGEST_CHARACTERS);

/** A subscription as the attachment keeps it. */
export interface StoredSubscription extends SubscribedQuery {
  readonly id: string;
  /** Of the rows that it was told last. */
  readonly digest: string;
}

export class SocketSubscription implements GroupSubscription {
  readonly #connection: SocketConnection;
  readonly since?: string;
  #kept: StoredSubscription;

  constructor(connection: SocketConnection, kept: StoredSubscription, since?: string) {
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

  get kept(): StoredSubscription {
    return this.#kept;
  }

  get subscriber(): TurnOwner {
    return this.#connection.subscriber;
  }

  send(frame: string, digest = this.digest): void {
    this.#connection.send(frame);
    if (digest === this.digest) return;
    this.#kept = { ...this.#kept, digest };
    this.#connection.keep();
  }

  end(frame: string): void {
    this.#connection.send(frame);
    this.#connection.ended(this);
  }
}

export interface ConnectionSetting {
  readonly nowMs: () => number;
  readonly acceptedAtMs: (socket: WebSocket) => number;
  /** When the credential expires that the socket was opened with; it may be never. */
  readonly expiresAtMs: (socket: WebSocket) => number;
  /** When the platform last answered a ping of the socket by itself. */
  readonly pingedAtMs: (socket: WebSocket) => number;
  /** Called when it is closed from here. */
  readonly closed: () => void;
  /** Called when one of its subscriptions is ended from here. */
  readonly ended: (subscription: SocketSubscription) => void;
}

export class SocketConnection {
  readonly #socket: WebSocket;
  readonly #setting: ConnectionSetting;
  readonly #subscriptions = new Map<string, SocketSubscription>();
  readonly #frames: Allowance;
  #heardAtMs: number;
  #unheardCharacters = 0;
  #pingedAtMs: number;

  constructor(socket: WebSocket, setting: ConnectionSetting) {
    this.#socket = socket;
    this.#setting = setting;
    this.#frames = new Allowance({ ...FRAMES, nowMs: setting.nowMs });
    this.#heardAtMs = setting.acceptedAtMs(socket);
    this.#pingedAtMs = setting.pingedAtMs(socket);
    for (const kept of keptOf(socket)) {
      this.#subscriptions.set(kept.id, new SocketSubscription(this, kept));
    }
  }

  get subscriptions(): readonly SocketSubscription[] {
    return [...this.#subscriptions.values()];
  }

  find(id: string): SocketSubscription | undefined {
    return this.#subscriptions.get(id);
  }

  /** In its turn the queries are read, and its tokens are counted together. A socket is a subscriber of its own. */
  get subscriber(): TurnOwner {
    return this;
  }

  /** When the client last sent anything; of frames from before a sleep nothing is known. */
  get lastSignMs(): number {
    return Math.max(this.#heardAtMs, this.#setting.pingedAtMs(this.#socket));
  }

  get hasExpired(): boolean {
    return this.#setting.nowMs() >= this.#setting.expiresAtMs(this.#socket);
  }

  /** Counts a frame that came in; false when there were too many. */
  allowsFrame(): boolean {
    this.#unheardCharacters = 0;
    this.#heardAtMs = this.#setting.nowMs();
    return this.#frames.reserve(0) !== undefined;
  }

  ended(subscription: SocketSubscription): void {
    this.#setting.ended(subscription);
  }

  /** Kept in the attachment at once, or refused. */
  add(
    id: string,
    wanted: SubscribedQuery,
    since: string | undefined,
  ): SocketSubscription | Failure {
    if (this.#subscriptions.size >= SUBSCRIPTIONS_MAX) {
      return wrongState(
        `A socket has at most ${SUBSCRIPTIONS_MAX} subscriptions. Open another socket.`,
      );
    }
    const subscription = new SocketSubscription(this, { ...wanted, id, digest: NO_DIGEST }, since);
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

  /**
   * Closes the socket where its credential has expired, or where it takes no more. Nothing is sent to a socket that is
   * closing; the hub is notified of its close.
   */
  send(frame: string): void {
    if (this.hasExpired) {
      this.close(EXPIRED.code, EXPIRED.reason);
      return;
    }
    this.#unheardCharacters += frame.length;
    if (this.#unheardCharacters > UNHEARD_CHARACTERS_MAX && !this.#hasPinged()) {
      this.close(
        1013,
        'Frames wait for a client that sends nothing. Reconnect, and ping every 30 s.',
      );
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

/** What `keep` alone writes. */
function keptOf(socket: WebSocket): readonly StoredSubscription[] {
  return socket.deserializeAttachment() ?? [];
}
