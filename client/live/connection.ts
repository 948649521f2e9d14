/** Executes the effects of `connection-state.ts`: the socket, its timer, and the status that follows. */
import { LIVE_SUBPROTOCOL, PING, PONG, TICKET_SUBPROTOCOL } from '../../core/live/live-limits.ts';
import { attempt } from '../ask.ts';
import { backoffMs } from '../backoff.ts';
import { guarded } from '../guarded.ts';
import type { Host, Socket } from '../host.ts';
import { closedFor, isFinalCode, type LedgeProblem, problemOf } from '../problem.ts';
import type { Reply } from '../reply.ts';
import { isTransient } from '../retry.ts';
import {
  atFirst,
  type ConnectionEffect,
  type Event,
  isOpen,
  timerMs,
  transition,
} from './connection-state.ts';
import { type ConnectionState, statusOf } from './connection-status.ts';

const BACKOFF_BASE_MS = 250;
const NORMAL_CLOSURE = 1_000;
/** Ours: a socket that lasts no longer is not renewed. */
const RENEWED_MS_MIN = 100;
/** No subscription has this name: theirs are digits and small letters. */
const RENEWAL = 'R';

export interface Listener {
  /** The socket is open: send the subscriptions. */
  readonly resubscribe: () => void;
  readonly receive: (text: string) => void;
  /** The server is back: waiting retries start. */
  readonly wake: () => void;
  /** The socket was closed with a final code. Returns whether that ends the socket alone or the connection. */
  readonly closedFor: (problem: LedgeProblem, code: number) => 'lost' | 'refused';
  /** The server finally refuses to open a socket for this client. */
  readonly refused: (problem: LedgeProblem) => void;
}

export interface SocketAddress {
  /** Of scheme http or https: a request without an upgrade goes there too. */
  readonly url: string;
  /** Called before each attempt, so that a new token is sent when the last has expired. Undefined: none is sent. */
  readonly credential: (() => Promise<string>) | undefined;
}

export class Connection {
  readonly #host: Host;
  readonly #address: SocketAddress;
  readonly #listener: Listener;
  readonly #stopListening: () => void;
  readonly #watchers = new Set<(state: ConnectionState) => void>();
  #life = atFirst;
  #state: ConnectionState;
  #receivedAt: Date | undefined;
  #socket: Socket | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #renewal: ReturnType<typeof setTimeout> | undefined;

  constructor(host: Host, address: SocketAddress, listener: Listener) {
    this.#host = host;
    this.#address = address;
    this.#listener = listener;
    const status = statusOf(atFirst, host.isOnline());
    this.#state = { status, since: new Date(), currentAt: undefined };
    this.#stopListening = host.onNetwork((isOnline) => {
      this.dispatch(isOnline ? 'online' : 'offline');
      if (isOnline) listener.wake();
    });
  }

  get isOpen(): boolean {
    return isOpen(this.#life.state);
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Returns the function that ends it. */
  watch(watcher: (state: ConnectionState) => void): () => void {
    const own = guarded(watcher);
    this.#watchers.add(own);
    return () => this.#watchers.delete(own);
  }

  send(text: string): void {
    this.#socket?.send(text);
  }

  close(): void {
    this.#stopListening();
    this.dispatch('closed');
  }

  dispatch(event: Event): void {
    const { life, isEntered, effects } = transition(this.#life, event);
    this.#life = life;
    if (isEntered) this.#startTimer();
    for (const effect of effects) this.#carryOut(effect);
    if (event === 'received' || life.state === 'reached') this.#receivedAt = new Date();
    this.#publish(isEntered);
  }

  #publish(isEntered: boolean): void {
    const status = statusOf(this.#life, this.#host.isOnline());
    const isSame = status === this.#state.status;
    if (isSame && (!isEntered || this.#state.currentAt === this.#receivedAt)) return;
    const since = isSame ? this.#state.since : new Date();
    this.#state = { status, since, currentAt: this.#receivedAt };
    for (const watcher of [...this.#watchers]) watcher(this.#state);
  }

  #startTimer(): void {
    clearTimeout(this.#timer);
    const waitMs = timerMs(this.#life, (failures) =>
      backoffMs(failures, { baseMs: BACKOFF_BASE_MS, askedMs: 0, random: this.#host.random() }),
    );
    if (waitMs !== undefined) this.#timer = setTimeout(() => this.dispatch('timeout'), waitMs);
  }

  #carryOut(effect: ConnectionEffect): void {
    switch (effect) {
      case 'connect':
        void this.#connect();
        break;
      case 'disconnect':
        this.#disconnect();
        break;
      case 'ping':
        this.send(PING);
        break;
      default:
        this.#listener[effect]();
    }
  }

  /** A ticket is single-use: each attempt asks for one. */
  async #connect(): Promise<void> {
    const reply = this.#address.credential && (await this.#ask('POST', '/tickets?'));
    if (this.#life.state !== 'connecting' || this.#socket) return;
    const { status, body } = Object(reply);
    if (!reply) this.#open([]);
    else if (status === 200) {
      this.#open([LIVE_SUBPROTOCOL, TICKET_SUBPROTOCOL + body.ticket], body.lastsMs);
    } else if (!this.#isRefused(reply)) this.dispatch('lost');
  }

  /** Before its end, at a time that differs between sockets that were opened together. */
  #renewLater(lastsMs = 0): void {
    clearTimeout(this.#renewal);
    if (lastsMs > RENEWED_MS_MIN) {
      const afterMs = lastsMs * (0.7 + this.#host.random() / 10);
      this.#renewal = setTimeout(() => this.#renew(lastsMs), afterMs);
    }
  }

  /** A socket that is not renewed in time is closed by the server, and the next one resumes. */
  async #renew(lastsMs: number): Promise<void> {
    const socket = this.#socket;
    const { status, body } = Object(await this.#ask('POST', '/tickets?'));
    if (this.#socket !== socket) return;
    if (status !== 200) {
      this.#renewLater(lastsMs / 5);
      return;
    }
    this.send(JSON.stringify({ type: 'renew', id: RENEWAL, ticket: body.ticket }));
    this.#renewLater(body.lastsMs);
  }

  #open(subprotocols: string[], lastsMs?: number): void {
    const url = this.#address.url.replace('http', 'ws');
    const socket = this.#host.openSocket(url, subprotocols);
    this.#socket = socket;
    /** Events of earlier sockets are ignored. */
    const on = (type: 'open' | 'message' | 'close' | 'error', act: (event: object) => void) =>
      socket.addEventListener(type, (event) => {
        if (this.#socket === socket) act(event);
      });
    on('open', () => {
      this.dispatch('opened');
      this.#renewLater(lastsMs);
    });
    on('message', (event) => this.#receive(Object(event).data));
    on('close', (event) => this.#lose(event));
    on('error', (event) => this.#lose(event));
  }

  #receive(text: unknown): void {
    this.dispatch('received');
    if (typeof text === 'string' && text !== PONG) this.#listener.receive(text);
  }

  #lose(event: object): void {
    const wasOpen = this.isOpen;
    const { code, reason } = Object(event);
    this.#disconnect();
    const isFinal = isFinalCode(code);
    this.dispatch(isFinal ? this.#listener.closedFor(closedFor(code, reason), code) : 'lost');
    if (!wasOpen && !isFinal) void this.#askWhy();
  }

  /** A `WebSocket` does not expose why the server refused it; the same request without an upgrade does. */
  async #askWhy(): Promise<void> {
    const reply = await this.#ask('GET', '?');
    if (['waiting', 'connecting'].includes(this.#life.state)) this.#isRefused(reply);
  }

  /** `path` is put before the address's parameters. */
  #ask(method: 'GET' | 'POST', path: string): ReturnType<typeof attempt> {
    const url = this.#address.url.replace('?', path);
    const server = { ...this.#address, url, host: this.#host };
    return attempt(server, { method, path: '', headers: {} }, undefined);
  }

  /** Ends the attempts where a retry is useless. 426, upgrade required, means that a socket can be opened. */
  #isRefused(reply: object): boolean {
    if (!('status' in reply)) return false;
    const { status } = reply as Reply;
    if (status < 400 || status === UPGRADE_REQUIRED || isTransient(status)) return false;
    this.dispatch('refused');
    this.#listener.refused(problemOf(reply as Reply));
    return true;
  }

  #disconnect(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    clearTimeout(this.#renewal);
    socket?.close(NORMAL_CLOSURE);
  }
}

const UPGRADE_REQUIRED = 426;
