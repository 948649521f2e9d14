/** `useConnection`: whether what is on the screen is live and, where it is not, since when and how old it is. */
import { useSyncExternalStore } from 'react';
import type { ConnectionState } from '../live/connection-status.ts';
import { useLedge } from './context.ts';

export function useConnection(): ConnectionState {
  const { client } = useLedge();
  const now = () => client.connection;
  return useSyncExternalStore(client.onConnection, now, now);
}
