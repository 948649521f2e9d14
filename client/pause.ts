/** Delays between two attempts, which can end early. */
import type { Host } from './host.ts';

/** Rejects with the signal's reason when that is aborted. A delay that the server asked for does not end early. */
export type Pause = (
  ms: number,
  signal: AbortSignal | undefined,
  isAskedFor: boolean,
) => Promise<void>;

export interface Pauses {
  readonly pause: Pause;
  /** Ends every current delay that the server did not ask for. */
  readonly wake: () => void;
}

export function pausesOf(host: Host): Pauses {
  let woken = new AbortController();
  return {
    pause: async (ms, signal, isAskedFor) => {
      if (isAskedFor) return host.sleep(ms, signal);
      const either = signal ? AbortSignal.any([signal, woken.signal]) : woken.signal;
      await host.sleep(ms, either).catch(() => signal?.throwIfAborted());
    },
    wake: () => {
      const ended = woken;
      woken = new AbortController();
      ended.abort();
    },
  };
}
