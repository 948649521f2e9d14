/** Who follows rows on live sockets, and is cut off now and then. */
import { setTimeout as sleep } from 'node:timers/promises';
import { oneOf, type Random } from '../../test/chaos/random.ts';

export class Subscribers {
  readonly #url: string;
  readonly #sockets = new Set<WebSocket>();
  #isOver = false;
  #frames = 0;

  constructor(url: string) {
    this.#url = `${url.replace(/^http/, 'ws')}/v1/live`;
  }

  /** That came, to all of them. */
  get frames(): number {
    return this.#frames;
  }

  /** One more, from now on. */
  admit(product: string): void {
    const subscribe = { type: 'subscribe', id: 's', query: 'products', key: [product] };
    const socket = new WebSocket(this.#url);
    this.#sockets.add(socket);
    socket.addEventListener('open', () => socket.send(JSON.stringify(subscribe)));
    socket.addEventListener('message', () => {
      this.#frames++;
    });
    socket.addEventListener('close', () => {
      this.#sockets.delete(socket);
      if (!this.#isOver) void this.#again(product);
    });
  }

  async #again(product: string): Promise<void> {
    await sleep(100);
    if (!this.#isOver) this.admit(product);
  }

  /** Disconnects one subscriber. */
  cut(random: Random): void {
    oneOf(random, [...this.#sockets])?.close();
  }

  leave(): void {
    this.#isOver = true;
    for (const socket of this.#sockets) socket.close();
  }
}
