/** Replaced by the client's own. */
import { useValue, valueStore } from './value-store.ts';
export interface ConnectionState {
  readonly status: 'connecting' | 'live' | 'reconnecting' | 'offline' | 'refused';
  readonly since: Date;
  readonly currentAt: Date | undefined;
}
const store = valueStore<ConnectionState>({
  status: 'live',
  since: new Date(),
  currentAt: new Date(),
});
addEventListener('offline', () =>
  store.set({ status: 'offline', since: new Date(), currentAt: new Date() }),
);
addEventListener('online', () =>
  store.set({ status: 'live', since: new Date(), currentAt: new Date() }),
);
export const useConnection = () => useValue(store);
