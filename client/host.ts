/** The platform's functions that the client calls. Injected, so that tests can add faults to the real ones. */

import { newKey } from './new-key.ts';

/** The part of `Response` that the client uses. */
export interface Answer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
}

export interface Sent {
  readonly method: 'GET' | 'POST';
  readonly headers: Record<string, string>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

/** A `fetch` of browsers, Workers or Node. */
export type Fetch = (url: string, sent: Sent) => Promise<Answer>;

/** The part of `WebSocket` that the client uses. */
export interface Socket {
  send(text: string): void;
  close(code: number): void;
  addEventListener(
    type: 'open' | 'message' | 'close' | 'error',
    listener: (event: object) => void,
  ): void;
}

export interface Host {
  readonly fetch: Fetch;
  readonly openSocket: (url: string, subprotocols: string[]) => Socket;
  /** False when the platform says that there is no network. */
  readonly isOnline: () => boolean;
  /** Calls the listener when the platform reports a change of the network; returns the function that ends that. */
  readonly onNetwork: (listener: (isOnline: boolean) => void) => () => void;
  readonly nowMs: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
  /** A unique name. */
  readonly newKey: () => string;
  /** Rejects with the signal's reason when that is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
}

/** The host of this program. */
export const thisHost: Host = {
  // Called as a plain function: browsers refuse `fetch` as a method of another object.
  fetch: (url, sent) => fetch(url, sent),
  openSocket: (url, subprotocols) => new WebSocket(url, subprotocols),
  isOnline: () => Object(Object(globalThis).navigator).onLine !== false,
  onNetwork,
  nowMs: () => performance.now(),
  random: () => Math.random(),
  newKey,
  sleep,
};

function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((wake, fail) => {
    signal?.throwIfAborted();
    const abort = () => {
      clearTimeout(timer);
      fail(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      wake();
    }, ms);
    signal?.addEventListener('abort', abort, { once: true });
  });
}

interface PageEvents {
  addEventListener?(type: 'online' | 'offline', listener: () => void): void;
  removeEventListener?(type: 'online' | 'offline', listener: () => void): void;
}

/** Only browsers have such events. */
function onNetwork(listener: (isOnline: boolean) => void): () => void {
  const page: PageEvents = Object(globalThis);
  const [online, offline] = [() => listener(true), () => listener(false)];
  page.addEventListener?.('online', online);
  page.addEventListener?.('offline', offline);
  return () => {
    page.removeEventListener?.('online', online);
    page.removeEventListener?.('offline', offline);
  };
}
