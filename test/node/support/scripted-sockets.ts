/** A `WebSocket` for the client whose server is the test: it sees what was sent, answers, and closes with any code. */
import { vi } from 'vitest';
import type { Socket } from '../../../client/host.ts';

export interface ScriptedSocket {
  /** What the client sent, pings included. */
  readonly sent: string[];
  /** The code that the client closed it with. */
  readonly closedWith: number | undefined;
  open(): void;
  /** Objects as JSON. */
  say(frame: object | 'pong'): void;
  end(code: number, reason?: string): void;
}

export interface ScriptedSockets {
  /** For the client's `WebSocket`. */
  readonly Socket: new (
    url: string,
  ) => Socket;
  /** In the order in which the client made them. */
  readonly made: ScriptedSocket[];
  /** Waits until the client has made so many. */
  socket(index: number): Promise<ScriptedSocket>;
}

/** Called for every frame that the client sends. */
export type Reaction = (socket: ScriptedSocket, frame: string) => void;

export function scriptedSockets(react: Reaction = () => undefined): ScriptedSockets {
  const made: ScriptedSocket[] = [];

  class Scripted extends EventTarget implements ScriptedSocket {
    readonly sent: string[] = [];
    closedWith: number | undefined;

    constructor(_url: string) {
      super();
      made.push(this);
    }

    send(text: string): void {
      this.sent.push(text);
      react(this, text);
    }

    close(code: number): void {
      this.closedWith = code;
    }

    open(): void {
      this.dispatchEvent(new Event('open'));
    }

    say(frame: object | 'pong'): void {
      const data = frame === 'pong' ? frame : JSON.stringify(frame);
      this.dispatchEvent(Object.assign(new Event('message'), { data }));
    }

    end(code: number, reason = ''): void {
      this.dispatchEvent(Object.assign(new Event('close'), { code, reason }));
    }
  }

  const socket = (index: number) =>
    vi.waitUntil(() => made[index], { timeout: 5_000, interval: 1 });
  return { Socket: Scripted, made, socket };
}
