/** Whether the server answers, as the console's own requests have found. */
import { useSyncExternalStore } from 'react';

/**
 * `connecting`: no request is answered yet. `refused`: the credential is missing or has ended. `offline`: the browser
 * has no network.
 */
export type ConsoleStatus = 'connecting' | 'live' | 'reconnecting' | 'refused' | 'offline';

interface Connection {
  readonly status: ConsoleStatus;
  /** The time when the status began. */
  readonly since: Date;
}

let connection: Connection = { status: 'connecting', since: new Date() };
const listeners = new Set<() => void>();

/** What a request has found. A browser without a network takes precedence over a request that fails. */
export function report(found: 'live' | 'refused' | 'unanswered'): void {
  const status = found === 'unanswered' ? unanswered() : found;
  if (status === connection.status) return;
  connection = { status, since: new Date() };
  for (const notify of listeners) notify();
}

function unanswered(): ConsoleStatus {
  return navigator.onLine ? 'reconnecting' : 'offline';
}

export function useConnection(): Connection {
  return useSyncExternalStore(subscribe, () => connection);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  const lost = () => report('unanswered');
  addEventListener('offline', lost);
  return () => {
    listeners.delete(listener);
    removeEventListener('offline', lost);
  };
}
