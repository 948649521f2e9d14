/** What a page shows of the connection: a small value that follows from the socket's life. */
import type { ConnectionLife, State } from './connection-state.ts';

/**
 * `connecting`: the first attempt; nothing is known of the server yet. `live`: rows change as they are committed.
 * `reconnecting`: the server does not answer, and is tried again. `offline`: the host has no network, or the client was
 * closed. `refused`: the server refused for good; only another live query, or a request that is answered, tries again.
 */
export type ConnectionStatus = 'connecting' | 'live' | 'reconnecting' | 'offline' | 'refused';

/**
 * Another object after every change, the same one in between. Without a live query it follows from the requests:
 * `live` means then that the server answered the last one.
 */
export interface ConnectionState {
  readonly status: ConnectionStatus;
  /** When it came to that status. */
  readonly since: Date;
  /**
   * The server's last sign of life: until then the rows are known to be current. Undefined before the first one; while
   * `live`, renewed every ten seconds or so.
   */
  readonly currentAt: Date | undefined;
}

const statuses: Readonly<Record<State, ConnectionStatus>> = {
  idle: 'connecting',
  reached: 'live',
  unreached: 'reconnecting',
  refused: 'refused',
  connecting: 'connecting',
  greeted: 'connecting',
  open: 'live',
  probing: 'live',
  doubted: 'reconnecting',
  lingering: 'live',
  waiting: 'reconnecting',
  closed: 'offline',
};

/**
 * The host is not believed before a server that answers: where there is no network the server may still be on the same
 * machine.
 */
export function statusOf({ state, failures }: ConnectionLife, isOnline: boolean): ConnectionStatus {
  const isProven = state === 'open' || state === 'probing';
  if (!isOnline && !isProven) return 'offline';
  const status = statuses[state];
  return status === 'connecting' && failures > 0 ? 'reconnecting' : status;
}
