/**
 * The sockets of a tenant, or of one shard of them, named `tenant/shard`. It stores nothing: subscriptions are in the
 * sockets' attachments, and between two changes it hibernates without closing them (WebSocket hibernation).
 */
import { DurableObject } from 'cloudflare:workers';
import { PING, PONG } from '../../core/live/live-protocol.ts';
import type { LiveNotification } from '../../core/live/watch.ts';
import type { ObjectClass } from '../object-class.ts';
import { attachCaller } from './connection.ts';
import type { Dismissal } from './dismissal.ts';
import { Hub } from './hub.ts';
import type { LivePorts } from './ports.ts';
import { openingIn } from './socket-caller.ts';

/** Our limit; the platform's is 32,768. Memory and processor are exhausted first. */
const SOCKETS_MAX = 10_000;

const NORMAL_CLOSURE = 1_000;

export function liveObject<Env>(ports: LivePorts<Env>): ObjectClass<Env> {
  return class LiveObject extends DurableObject<Env> {
    readonly #hub: Hub<Env>;

    constructor(ctx: DurableObjectState, env: Env) {
      super(ctx, env);
      // Answered by the platform, without waking the object.
      ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(PING, PONG));
      this.#hub = new Hub(ports, env, {
        ...addressOf(ctx.id.name ?? ''),
        socketsMax: SOCKETS_MAX,
        wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
        acceptedAtMs: (socket) => Number(ctx.getTags(socket)[0]),
        pingedAtMs: (socket) => ctx.getWebSocketAutoResponseTimestamp(socket)?.getTime() ?? 0,
        keep: (work) => ctx.waitUntil(work),
      });
      for (const socket of ctx.getWebSockets()) this.#hub.connect(socket);
    }

    /** A WebSocket that the Worker has authenticated, for the caller that a header names. */
    override fetch({ headers }: Request): Response {
      const opening = openingIn(headers);
      if (!opening) return new Response(null, { status: 401 });
      const { caller, ticket } = opening;
      if (!this.#hub.hasPlace()) return new Response(null, { status: 503 });
      if (!this.#hub.mayOpen(caller)) return new Response(null, { status: 429 });
      if (ticket && !this.#hub.uses(ticket)) return new Response(null, { status: 401 });
      const { 0: client, 1: server } = new WebSocketPair();
      attachCaller(server, caller);
      // A tag survives hibernation; memory does not.
      this.ctx.acceptWebSocket(server, [String(ports.nowMs())]);
      this.#hub.connect(server);
      return new Response(null, { status: 101, webSocket: client });
    }

    /**
     * Returns at once: if the object is lost before the rows are read, so are its sockets, and the clients reconnect.
     */
    changed(notifications: readonly LiveNotification[]): void {
      this.#hub.changed(notifications);
    }

    dismiss(dismissal: Dismissal): void {
      this.#hub.dismiss(dismissal);
    }

    override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): void {
      this.#hub.receive(socket, message);
    }

    /** The platform leaves this side open: without a reply the client's close takes ten seconds and ends with 1006. */
    override webSocketClose(socket: WebSocket): void {
      this.#hub.disconnect(socket);
      socket.close(NORMAL_CLOSURE);
    }

    override webSocketError(socket: WebSocket): void {
      this.#hub.disconnect(socket);
    }
  };
}

function addressOf(name: string): { tenant: string; shard: number } {
  const slash = name.lastIndexOf('/');
  return { tenant: name.slice(0, slash), shard: Number(name.slice(slash + 1)) };
}
