/** The client's sockets to the guarded shop, with what each offered, as a browser would open them. */
import type { Socket } from '../../../client/host.ts';
import { ask } from './guarded-shop.ts';

export class GuardedSockets {
  opened = 0;
  readonly closedWith: number[] = [];
  readonly Socket: new (
    url: string,
    subprotocols: string[],
  ) => Socket;

  constructor() {
    const sockets = this;
    this.Socket = class extends EventTarget {
      #real: WebSocket | undefined;

      constructor(url: string, subprotocols: string[]) {
        super();
        void this.#open(new URL(url), subprotocols);
      }

      async #open({ pathname, search }: URL, subprotocols: readonly string[]): Promise<void> {
        const headers = { upgrade: 'websocket', 'sec-websocket-protocol': subprotocols.join(', ') };
        const { webSocket, headers: answered } = await ask(pathname + search, { headers });
        const chosen = answered.get('sec-websocket-protocol');
        // As browsers do: without a choice out of what was offered the socket fails.
        if (!webSocket || !subprotocols.includes(chosen ?? '')) {
          this.#tell('error', {});
          return;
        }
        this.#real = webSocket;
        webSocket.addEventListener('message', ({ data }) => this.#tell('message', { data }));
        webSocket.addEventListener('close', ({ code, reason }) => {
          if (code !== 1000) sockets.closedWith.push(code);
          this.#tell('close', { code, reason });
        });
        webSocket.accept();
        sockets.opened++;
        this.#tell('open', {});
      }

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
}
