/** A value that components watch, in the form of React's `useSyncExternalStore`. */

export interface Store<Value> {
  readonly get: () => Value;
  readonly subscribe: (listener: () => void) => () => void;
}

/**
 * `whileWatched` runs from the first watcher to the last, and may set the value; it returns the function that ends it.
 */
export function watchedStore<Value>(
  initial: Value,
  whileWatched: (set: (change: (value: Value) => Value) => void) => () => void,
): Store<Value> & { readonly set: (change: (value: Value) => Value) => void } {
  const listeners = new Set<() => void>();
  let value = initial;
  let stop: (() => void) | undefined;

  function set(change: (value: Value) => Value): void {
    value = change(value);
    for (const listener of listeners) listener();
  }

  return {
    get: () => value,
    set,
    subscribe: (listener) => {
      listeners.add(listener);
      stop ??= whileWatched(set);
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        stop?.();
        stop = undefined;
      };
    },
  };
}
