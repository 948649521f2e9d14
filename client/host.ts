/** What the client needs of the world around it. Handed in, so that tests put faults around the real ones. */

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
  close(): void;
  addEventListener(
    type: 'open' | 'message' | 'close' | 'error',
    listener: (event: object) => void,
  ): void;
}

export interface Host {
  readonly fetch: Fetch;
  readonly openSocket: (url: string) => Socket;
  /** Calls when the platform says that the network is back, if it ever does; answers what ends that. */
  readonly onNetworkBack: (listener: () => void) => () => void;
  readonly nowMs: () => number;
  /** From 0 to 1. */
  readonly dice: () => number;
  /** A name that nobody else gives. */
  readonly newKey: () => string;
  /** Ends early, with the signal's reason, when that is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
}

/** The one that the program runs on. */
export const thisHost: Host = {
  // Called as a plain function: browsers refuse `fetch` as the method of anything but the window.
  fetch: (url, sent) => fetch(url, sent),
  openSocket: (url) => new WebSocket(url),
  onNetworkBack,
  nowMs: () => performance.now(),
  dice: () => Math.random(),
  newKey: () => crypto.randomUUID(),
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
  addEventListener?(type: 'online', listener: () => void): void;
  removeEventListener?(type: 'online', listener: () => void): void;
}

/** Only browsers have such an event. */
function onNetworkBack(listener: () => void): () => void {
  const page: PageEvents = Object(globalThis);
  page.addEventListener?.('online', listener);
  return () => page.removeEventListener?.('online', listener);
}
