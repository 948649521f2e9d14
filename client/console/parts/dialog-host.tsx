/** Where a dialog is drawn: beside the screens, so that it stays when what opened it is gone. */
import { type ReactNode, useSyncExternalStore } from 'react';

let shown: ReactNode = null;
const listeners = new Set<() => void>();

/** `null` takes it away. */
export function showDialog(dialog: ReactNode): void {
  shown = dialog;
  for (const notify of listeners) notify();
}

export function DialogHost() {
  return useSyncExternalStore(subscribe, () => shown);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
