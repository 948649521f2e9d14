/**
 * The commands in the client's offline storage, which the board shows as waiting, also after a reload and from other
 * windows.
 */
import type { CommandStorage } from 'ledge/client';
import { type ValueStore, valueStore } from './value-store.ts';

export interface WaitingCommand {
  readonly aggregate: string;
  readonly id: string;
  readonly command: string;
  readonly data: unknown;
  readonly idempotencyKey: string;
}

export interface WatchedStorage {
  /** Undefined in a browser without storage: then commands wait as long as the page is open. */
  readonly storage?: CommandStorage;
  readonly waiting: ValueStore<readonly WaitingCommand[]>;
}

export function watchedStorage(storage: Storage | undefined): WatchedStorage {
  if (!storage) return { waiting: valueStore<readonly WaitingCommand[]>([]) };
  const waiting = valueStore<readonly WaitingCommand[]>(commandsIn(storage));
  const read = () => waiting.set(commandsIn(storage));
  // Only other windows' changes come as this event.
  addEventListener('storage', read);
  return {
    waiting,
    storage: {
      get length() {
        return storage.length;
      },
      key: (index) => storage.key(index),
      getItem: (name) => storage.getItem(name),
      setItem: (name, text) => {
        storage.setItem(name, text);
        read();
      },
      removeItem: (name) => {
        storage.removeItem(name);
        read();
      },
    },
  };
}

/** A browser with storage disabled throws on access to its storage. */
export function pageStorage(): Storage | undefined {
  try {
    return localStorage;
  } catch {
    return undefined;
  }
}

function commandsIn(storage: Storage): WaitingCommand[] {
  return Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? '')
    .sort()
    .flatMap((name) => commandIn(storage.getItem(name) ?? '') ?? []);
}

/** The whole origin shares the storage: other items belong to other pages. */
function commandIn(text: string): WaitingCommand | undefined {
  try {
    const stored: Partial<WaitingCommand> = Object(JSON.parse(text));
    const { aggregate, id, command, idempotencyKey, data } = stored;
    return aggregate === 'order' && id && command && idempotencyKey
      ? { aggregate, id, command, idempotencyKey, data }
      : undefined;
  } catch {
    return undefined;
  }
}
