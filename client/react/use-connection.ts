/** `useConnection`: whether the shown rows are live and, if not, since when and how old they are. */
import { useSyncExternalStore } from 'react';
import type { ConnectionState } from '../live/connection-status.ts';
import { useLedge } from './context.ts';

export function useConnection(): ConnectionState {
  const { client } = useLedge();
  const now = () => client.connection;
  return useSyncExternalStore(client.onConnection, now, now);
}
