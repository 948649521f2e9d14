/** How many sockets fit into a Live object, in all and of each principal. Those of silent clients make room. */
import type { SocketConnection } from './connection.ts';
import type { PrincipalUse } from './principal-use.ts';
import type { SocketCaller } from './socket-caller.ts';

/**
 * Our value: a client pings about every 30 seconds. A socket that is silent for longer may lose its place to a new one.
 */
const SILENT_MS = 60_000;

/** The minimum time between two searches for silent sockets in a full object. */
const LOOK_AGAIN_MS = 1_000;

export interface SocketPlacesSetting {
  readonly nowMs: () => number;
  readonly socketsMax: number;
  readonly connections: ReadonlyMap<WebSocket, SocketConnection>;
  readonly use: PrincipalUse;
}

export class SocketPlaces {
  readonly #setting: SocketPlacesSetting;
  #lookedMs = Number.NEGATIVE_INFINITY;

  constructor(setting: SocketPlacesSetting) {
    this.#setting = setting;
  }

  /** Whether one more socket fits. A full object closes the sockets of silent clients. */
  hasPlace(): boolean {
    const { socketsMax, connections } = this.#setting;
    if (connections.size >= socketsMax) this.#lookForSilent();
    return connections.size < socketsMax;
  }

  /** Whether the principal may open one more socket here. Over its limit, its silent sockets are closed first. */
  mayOpen({ actor, limits }: SocketCaller): boolean {
    const open = this.#setting.use.sockets(actor);
    if (!limits || open.size < limits.sockets) return true;
    this.#closeSilent([...open]);
    return open.size < limits.sockets;
  }

  #lookForSilent(): void {
    const { nowMs, connections } = this.#setting;
    const now = nowMs();
    if (now - this.#lookedMs < LOOK_AGAIN_MS) return;
    this.#lookedMs = now;
    this.#closeSilent([...connections.values()]);
  }

  #closeSilent(connections: readonly SocketConnection[]): void {
    const now = this.#setting.nowMs();
    for (const connection of connections) {
      if (now - connection.lastSignMs < SILENT_MS) continue;
      connection.close(1013, 'Full, and this client was silent. Reconnect, and ping every 30 s.');
    }
  }
}
