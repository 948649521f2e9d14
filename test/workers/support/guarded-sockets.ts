/** The client's sockets to a shop that asks for credentials, with what each offered, as a browser would open them. */
import type { Socket } from '../../../client/host.ts';
import { ask } from './guarded-shop.ts';

export class GuardedSockets {
  opened = 0;
  readonly closedWith: number[] = [];
  /** The frames of the server, over all sockets. */
  readonly received: string[] = [];
  readonly #cuts = new Set<() => void>();
  readonly Socket: new (
    url: string,
    subprotocols: string[],
  ) => Socket;

  constructor(asked: (path: string, init: RequestInit) => Promise<Response> = ask) {
    const sockets = this;
    this.Socket = class extends EventTarget {
      #real: WebSocket | undefined;

      constructor(url: string, subprotocols: string[]) {
        super();
        void this.#open(new URL(url), subprotocols);
      }

      async #open({ pathname, search }: URL, subprotocols: readonly string[]): Promise<void> {
        const headers = { upgrade: 'websocket', 'sec-websocket-protocol': subprotocols.join(', ') };
        const { webSocket, headers: answered } = await asked(pathname + search, { headers });
        const chosen = answered.get('sec-websocket-protocol');
        // As browsers do: without a choice out of what was offered the socket fails.
        if (!webSocket || !subprotocols.includes(chosen ?? '')) {
          this.#tell('error', {});
          return;
        }
        this.#real = webSocket;
        webSocket.addEventListener('message', ({ data }) => {
          // What the server sent before it saw the cut never arrived.
          if (!sockets.#cuts.has(this.#cut)) return;
          sockets.received.push(String(data));
          this.#tell('message', { data });
        });
        webSocket.addEventListener('close', ({ code, reason }) => {
          if (code !== 1000) sockets.closedWith.push(code);
          if (sockets.#cuts.delete(this.#cut)) this.#tell('close', { code, reason });
        });
        sockets.#cuts.add(this.#cut);
        webSocket.accept();
        sockets.opened++;
        this.#tell('open', {});
      }

      readonly #cut = (): void => {
        sockets.#cuts.delete(this.#cut);
        this.#real?.close(1000);
        this.#tell('close', { code: 1006 });
      };

      #tell(type: string, members: object): void {
        this.dispatchEvent(Object.assign(new Event(type), members));
      }

      send(text: string): void {
        this.#real?.send(text);
      }

      close(code: number): void {
        this.#real?.close(code);
      }
    };
  }

  /** Breaks what is open: the server sees only the end. */
  cut(): void {
    for (const cut of [...this.#cuts]) cut();
  }
}
