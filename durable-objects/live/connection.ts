/**
 * One socket with its subscriptions. They are stored in its attachment, which alone survives while the object
 * hibernates. Made for every socket when it is accepted and after each hibernation.
 */

import { type Failure, wrongState } from '../../core/aggregate/outcome.ts';
import { SUBSCRIPTIONS_MAX } from '../../core/live/live-protocol.ts';
import type { RowScopes } from '../../core/projection/row-scope.ts';
import { DIGEST_CHARACTERS } from '../digest.ts';
import { Allowance } from './allowance.ts';
import { type ErrorSubject, errorFrame } from './frames.ts';
import type { GroupSubscription } from './group.ts';
import type { KeyChecks } from './key-checks.ts';
import { OutgoingFrames } from './outgoing-frames.ts';
import type { SubscribedQuery } from './ports.ts';
import type { SocketCaller } from './socket-caller.ts';
import type { SocketEnd } from './socket-end.ts';
import type { TenantCheck } from './tenant-check.ts';
import type { TurnOwner } from './turns.ts';

/** The platform's limit on an attachment. */
const ATTACHMENT_BYTES_MAX = 16_384;

/** Our limits on the frames of a socket: a burst, and then per second. A client of one page sends a few. */
export const FRAMES = { atOnce: 200, perSecond: 20 } as const;

/**
 * Our limit on the characters sent to a socket since its last frame or ping. The platform does not report its send
 * buffer, so this limit bounds it.
 */
const UNACKNOWLEDGED_CHARACTERS_MAX = 8_000_000;

/** As long as a digest, so that an attachment that fits still fits with one. */
const NO_DIGEST = '-'.repeat(DIGEST_CHARACTERS);

/** A subscription as stored in the attachment. */
export interface StoredSubscription extends SubscribedQuery {
  readonly id: string;
  /** The digest of the rows that were last sent. */
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
    this.#connection.send(frame, () => this.#keepDigest(digest));
  }

  /** Once the frame is sent: until then the client has the rows before. */
  #keepDigest(digest: string): void {
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
  /** The path under which the API is served: where the type of a problem leads. */
  readonly basePath: string;
  readonly keys: KeyChecks;
  readonly tenant: TenantCheck;
  /** The rows that the caller of a socket may see. */
  readonly visibleRows: (caller: SocketCaller) => RowScopes;
  /** Whether it is shown personal data. */
  readonly opensPersonal: (caller: SocketCaller) => boolean;
  /** The time when the platform last answered a ping of the socket. */
  readonly pingedAtMs: (socket: WebSocket) => number;
  /** Called when the server closes it. */
  readonly closed: () => void;
  /** Called when the server ends one of its subscriptions. */
  readonly ended: (subscription: SocketSubscription) => void;
  /** Gets the promises of work that goes on after a call. */
  readonly keep: (work: Promise<unknown>) => void;
}

/** What an attachment holds. */
interface Attachment {
  readonly caller: SocketCaller;
  readonly subscriptions: readonly StoredSubscription[];
}

/** Before the socket is connected. */
export function attachCaller(socket: WebSocket, caller: SocketCaller): void {
  const attachment: Attachment = { caller, subscriptions: [] };
  socket.serializeAttachment(attachment);
}

export class SocketConnection {
  readonly #socket: WebSocket;
  readonly #setting: ConnectionSetting;
  readonly #subscriptions = new Map<string, SocketSubscription>();
  readonly #frames: Allowance;
  readonly #outgoing: OutgoingFrames;
  /** Asked once, so that a subscription leaves the group that it has joined, whatever a rule says by then. */
  readonly rows: RowScopes;
  /** Like its rows. */
  readonly opensPersonal: boolean;
  #caller: SocketCaller;
  #receivedAtMs: number;
  #unacknowledgedCharacters = 0;
  #pingedAtMs: number;

  constructor(socket: WebSocket, setting: ConnectionSetting) {
    this.#socket = socket;
    this.#setting = setting;
    this.#frames = new Allowance({ ...FRAMES, nowMs: setting.nowMs });
    this.#receivedAtMs = setting.acceptedAtMs(socket);
    this.#pingedAtMs = setting.pingedAtMs(socket);
    const { caller, subscriptions } = attachmentOf(socket);
    this.#caller = caller;
    this.rows = setting.visibleRows(caller);
    this.opensPersonal = setting.opensPersonal(caller);
    if (caller.key) setting.keys.learn(caller.key);
    this.#outgoing = new OutgoingFrames({
      ...{ nowMs: setting.nowMs, keys: setting.keys, tenant: setting.tenant, keep: setting.keep },
      caller: () => this.#caller,
      transmit: (text) => this.#transmit(text),
      close: ({ code, reason }) => this.close(code, reason),
    });
    for (const kept of subscriptions) {
      this.#subscriptions.set(kept.id, new SocketSubscription(this, kept));
    }
  }

  get subscriptions(): readonly SocketSubscription[] {
    return [...this.#subscriptions.values()];
  }

  find(id: string): SocketSubscription | undefined {
    return this.#subscriptions.get(id);
  }

  /** The owner of its turns and of its share of token look-ups. Each socket is a subscriber of its own. */
  get subscriber(): TurnOwner {
    return this;
  }

  /** The time of the client's last frame or ping; frames from before a hibernation are not known. */
  get lastSignMs(): number {
    return Math.max(this.#receivedAtMs, this.#setting.pingedAtMs(this.#socket));
  }

  /** Why nothing may be sent or read any more, as far as it is known. */
  get end(): SocketEnd | undefined {
    return this.#outgoing.end;
  }

  get caller(): SocketCaller {
    return this.#caller;
  }

  /** Moves the end of the socket. Where the attachment is full, a hibernation forgets that: the end is then the earlier. */
  renew(caller: SocketCaller): void {
    // Whether there are access rules is no matter of a ticket, and neither are limits.
    const { isUnrestricted, limits } = this.#caller;
    this.#caller = { ...caller, isUnrestricted, limits };
    this.keep();
  }

  /** Counts a received frame; false if there were too many. */
  allowsFrame(): boolean {
    this.#unacknowledgedCharacters = 0;
    this.#receivedAtMs = this.#setting.nowMs();
    return this.#frames.reserve(0) !== undefined;
  }

  ended(subscription: SocketSubscription): void {
    this.#setting.ended(subscription);
  }

  /** Adds a subscription, which is stored in the attachment at once, or refuses it. */
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
      `The subscriptions of a socket and its credential take at most ${ATTACHMENT_BYTES_MAX} bytes. Open another socket.`,
    );
  }

  remove(id: string): void {
    this.#subscriptions.delete(id);
    this.keep();
  }

  /** False if it does not fit into the attachment, which is then unchanged. */
  keep(): boolean {
    const subscriptions = this.subscriptions.map(({ kept }) => kept);
    return isAttached(this.#socket, { caller: this.#caller, subscriptions });
  }

  /**
   * Closes the socket if its credential has ended, or if too much is unacknowledged. `sent` is called once the frame is
   * sent, which may wait for a check of the credential.
   */
  send(frame: string, sent: () => void = () => undefined): void {
    this.#unacknowledgedCharacters += frame.length;
    if (this.#unacknowledgedCharacters > UNACKNOWLEDGED_CHARACTERS_MAX && !this.#hasPinged()) {
      this.close(
        1013,
        'Frames wait for a client that sends nothing. Reconnect, and ping every 30 s.',
      );
      return;
    }
    this.#outgoing.send(frame, sent);
  }

  sendError(failure: Failure, about: ErrorSubject, sent?: () => void): void {
    this.send(errorFrame(failure, about, this.#setting.basePath), sent);
  }

  /** Closes the socket if its credential has ended. */
  check(): void {
    this.#outgoing.check();
  }

  /** Sends nothing to a socket that is closing; its close event reaches the hub. */
  #transmit(frame: string): void {
    try {
      this.#socket.send(frame);
    } catch {
      this.close(1011, 'The frame could not be sent.');
    }
  }

  /** Whether a ping was answered since the last call. */
  #hasPinged(): boolean {
    const pingedAtMs = this.#setting.pingedAtMs(this.#socket);
    if (pingedAtMs === this.#pingedAtMs) return false;
    this.#pingedAtMs = pingedAtMs;
    this.#unacknowledgedCharacters = 0;
    return true;
  }

  close(code: number, reason: string): void {
    this.#outgoing.stop();
    this.#setting.closed();
    try {
      this.#socket.close(code, reason);
    } catch {
      // It is already closed.
    }
  }
}

/** Reads what only `isAttached` writes. */
function attachmentOf(socket: WebSocket): Attachment {
  return socket.deserializeAttachment();
}

/** False if it does not fit; the attachment is then unchanged. */
function isAttached(socket: WebSocket, attachment: Attachment): boolean {
  try {
    socket.serializeAttachment(attachment);
    return true;
  } catch {
    return false;
  }
}
