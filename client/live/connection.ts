/** Carries out what the table of `connection-state.ts` says: the socket, its timer, and what comes out of it. */
import { backoffMs } from '../backoff.ts';
import type { Host, Socket } from '../host.ts';
import { atFirst, type Effect, type Event, isOpen, timerMs, turn } from './connection-state.ts';

const BACKOFF_BASE_MS = 250;

/** What the platform answers without waking anybody. */
const PING = 'ping';
const PONG = 'pong';

export interface Listener {
  /** The socket is open: say what is wanted. */
  readonly greet: () => void;
  readonly receive: (frame: unknown) => void;
}

export class Connection {
  readonly #host: Host;
  readonly #url: string;
  readonly #listener: Listener;
  readonly #stopListening: () => void;
  #life = atFirst;
  #socket: Socket | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(host: Host, url: string, listener: Listener) {
    this.#host = host;
    this.#url = url;
    this.#listener = listener;
    this.#stopListening = host.onNetworkBack(() => this.dispatch('hurried'));
  }

  get isOpen(): boolean {
    return isOpen(this.#life.state);
  }

  send(frame: object): void {
    this.#socket?.send(JSON.stringify(frame));
  }

  close(): void {
    this.#stopListening();
    this.dispatch('closed');
  }

  dispatch(event: Event): void {
    const { life, isEntered, effects } = turn(this.#life, event);
    this.#life = life;
    if (isEntered) this.#startTimer();
    for (const effect of effects) this.#carryOut(effect);
  }

  #startTimer(): void {
    clearTimeout(this.#timer);
    const waitMs = timerMs(this.#life, (failures) =>
      backoffMs(failures, { baseMs: BACKOFF_BASE_MS, askedMs: 0, dice: this.#host.dice() }),
    );
    if (waitMs !== undefined) this.#timer = setTimeout(() => this.dispatch('timeout'), waitMs);
  }

  #carryOut(effect: Effect): void {
    switch (effect) {
      case 'connect':
        this.#connect();
        break;
      case 'disconnect':
        this.#disconnect();
        break;
      case 'greet':
        this.#listener.greet();
        break;
      case 'ping':
        this.#socket?.send(PING);
    }
  }

  #connect(): void {
    const socket = this.#host.openSocket(this.#url);
    this.#socket = socket;
    /** Only the socket of now has a say. */
    const on = (type: 'open' | 'message' | 'close' | 'error', act: (event: object) => void) =>
      socket.addEventListener(type, (event) => {
        if (this.#socket === socket) act(event);
      });
    on('open', () => this.dispatch('opened'));
    on('message', (event) => this.#hear(Object(event).data));
    on('close', () => this.#lose());
    on('error', () => this.#lose());
  }

  #hear(text: unknown): void {
    this.dispatch('heard');
    if (typeof text === 'string' && text !== PONG) this.#listener.receive(JSON.parse(text));
  }

  #lose(): void {
    this.#disconnect();
    this.dispatch('lost');
  }

  #disconnect(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
  }
}
