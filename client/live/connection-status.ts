/** The status of the connection for a page, derived from the socket's state. */
import type { ConnectionLife, State } from './connection-state.ts';

/**
 * `connecting`: the first attempt; nothing is known of the server yet. `live`: rows change as they are committed.
 * `reconnecting`: the server does not answer, and is retried. `offline`: the host has no network, or the client was
 * closed. `refused`: the server finally refused; only another live query, or a request that is answered, tries again.
 */
export type ConnectionStatus = 'connecting' | 'live' | 'reconnecting' | 'offline' | 'refused';

/**
 * A new object after each change, the same one in between. Without a live query it is derived from requests: `live`
 * then means that the server answered the last one.
 */
export interface ConnectionState {
  readonly status: ConnectionStatus;
  /** The time when the status began. */
  readonly since: Date;
  /**
   * The time of the server's last frame or pong, until which the rows are known to be current. Undefined before the
   * first one; while `live`, updated about every ten seconds.
   */
  readonly currentAt: Date | undefined;
}

const statuses: Readonly<Record<State, ConnectionStatus>> = {
  idle: 'connecting',
  reached: 'live',
  unreached: 'reconnecting',
  refused: 'refused',
  connecting: 'connecting',
  subscribing: 'connecting',
  open: 'live',
  probing: 'live',
  doubted: 'reconnecting',
  lingering: 'live',
  waiting: 'reconnecting',
  closed: 'offline',
};

/**
 * A server that answers takes precedence over the host's report: without a network the server may be on the same
 * machine.
 */
export function statusOf({ state, failures }: ConnectionLife, isOnline: boolean): ConnectionStatus {
  const isProven = state === 'open' || state === 'probing';
  if (!isOnline && !isProven) return 'offline';
  const status = statuses[state];
  return status === 'connecting' && failures > 0 ? 'reconnecting' : status;
}
