/** What the client needs of the world around it. Handed in, so that tests put faults around the real ones. */

import { newKey } from './new-key.ts';

/** As much of a `Response` as is read. */
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

/** Browsers, Workers and Node each have a `fetch` that fits. */
export type Fetch = (url: string, sent: Sent) => Promise<Answer>;

/** As much of a `WebSocket` as is used. */
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
  /** Calls when the platform says that the network is back or gone, if it ever does; answers what ends that. */
  readonly onNetwork: (listener: (isOnline: boolean) => void) => () => void;
  readonly nowMs: () => number;
  /** From 0 to 1. */
  readonly dice: () => number;
  /** A name that no other client gives. */
  readonly newKey: () => string;
  /** Ends early, with the signal's reason, when that is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
}

/** The one that the program runs on. */
export const thisHost: Host = {
  // Called as a plain function: browsers refuse `fetch` as the method of anything but the window.
  fetch: (url, sent) => fetch(url, sent),
  openSocket: (url, subprotocols) => new WebSocket(url, subprotocols),
  isOnline: () => Object(Object(globalThis).navigator).onLine !== false,
  onNetwork,
  nowMs: () => performance.now(),
  dice: () => Math.random(),
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
