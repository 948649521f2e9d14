/** One address for servers that come and go: passes bytes on, or holds them, or is not there. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export class Front implements AsyncDisposable {
  url = '';
  #port = 0;
  #target: URL | undefined;
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((socket) => this.#pass(socket));

  static async start(): Promise<Front> {
    const front = new Front();
    await front.#listen();
    front.url = `http://127.0.0.1:${front.#port}/`;
    return front;
  }

  /** Routes to that server from now on, and releases held connections. */
  to(target: URL): void {
    this.#target = target;
    if (!this.#server.listening) void this.#listen();
    for (const socket of this.#sockets) socket.resume();
  }

  /** Silently drops data in both directions. */
  hang(): void {
    for (const socket of this.#sockets) socket.pause();
  }

  /** As after the end of the process: open connections break, and the port is closed. */
  stop(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server.listening) this.stop();
  }

  async #listen(): Promise<void> {
    await once(this.#server.listen(this.#port, '127.0.0.1'), 'listening');
    const address = this.#server.address();
    if (typeof address === 'object') this.#port = address?.port ?? 0;
  }

  #pass(near: Socket): void {
    const far = connect(Number(this.#target?.port), this.#target?.hostname);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('data', (bytes) => other.write(bytes));
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
  }
}
