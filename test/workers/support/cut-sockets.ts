/** The client's sockets to the real Worker, as a `WebSocket` that the test can cut and refuse. */
import type { Socket } from '../../../client/host.ts';
import { CLIENT_URL } from './faulty-fetch.ts';
import { fetchWorker } from './harness.ts';

type Happening = Parameters<Socket['addEventListener']>[0];

export interface CutSockets {
  /** For the client's `WebSocket`. */
  readonly Socket: new (
    url: string,
  ) => Socket;
  /** Breaks open sockets; the server sees only the end. */
  cut(): void;
  /** How many of the next attempts come to nothing. */
  refuse(attempts: number): void;
  /** How many were opened in all, and are open now. */
  readonly opened: () => number;
  readonly open: () => number;
  /** Frames of both sides, in the order of their coming. */
  readonly received: string[];
  readonly said: string[];
}

export function cutSockets(): CutSockets {
  const live = new Set<() => void>();
  const received: string[] = [];
  const said: string[] = [];
  let opened = 0;
  let refused = 0;

  class CutSocket extends EventTarget {
    #real: WebSocket | undefined;

    constructor(url: string) {
      super();
      void this.#open(url.slice(CLIENT_URL.replace('http', 'ws').length));
    }

    async #open(path: string): Promise<void> {
      await Promise.resolve(); // no event before a listener can be added
      if (refused > 0) {
        refused--;
        this.#dispatch('error');
        return;
      }
      const { webSocket } = await fetchWorker(path, { headers: { upgrade: 'websocket' } });
      if (!webSocket) throw new Error('The Worker opened no socket.');
      this.#real = webSocket;
      webSocket.addEventListener('message', ({ data }) => {
        received.push(String(data));
        this.#dispatch('message', String(data));
      });
      webSocket.addEventListener('close', () => this.#end());
      webSocket.accept();
      opened++;
      live.add(this.#cut);
      this.#dispatch('open');
    }

    #dispatch(type: Happening, data?: string): void {
      this.dispatchEvent(new MessageEvent(type, { data }));
    }

    readonly #cut = () => {
      this.#real?.close(1000, 'cut');
      this.#end();
    };

    #end(): void {
      if (live.delete(this.#cut)) this.#dispatch('close');
    }

    send(text: string): void {
      said.push(text);
      this.#real?.send(text);
    }

    close(): void {
      live.delete(this.#cut);
      this.#real?.close(1000, 'done');
    }
  }

  return {
    Socket: CutSocket,
    cut: () => {
      for (const cut of [...live]) cut();
    },
    refuse: (attempts) => {
      refused = attempts;
    },
    opened: () => opened,
    open: () => live.size,
    received,
    said,
  };
}
