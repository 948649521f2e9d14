/**
 * How much of the processors others used while a round ran: all busy time, less that of this process and of the
 * children it has waited for. A figure that others disturbed says nothing. Known from Linux's /proc alone; elsewhere no
 * other process is seen.
 */
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { ownMs } from './processor-time.ts';
import { OTHERS_CPU_MAX, QUIET_WAIT_SECONDS_MAX } from './settings.ts';

/** Starts a measurement. The returned function gives the other processes' share since then, from 0 to 1. */
export function watchNeighbours(): () => number {
  if (process.platform !== 'linux') return () => 0;
  const start = { ...machine(), ownMs: ownMs() };
  return () => {
    const { busyMs, allMs } = machine();
    const othersMs = busyMs - start.busyMs - (ownMs() - start.ownMs);
    return Math.max(0, othersMs / (allMs - start.allMs));
  };
}

/** Waits until other processes have been idle for a second, up to a limit. */
export async function waitUntilQuiet(): Promise<void> {
  for (let seconds = 0; seconds < QUIET_WAIT_SECONDS_MAX; seconds++) {
    const othersCpu = watchNeighbours();
    await sleep(1_000);
    if (othersCpu() <= OTHERS_CPU_MAX) return;
  }
}

function machine(): { busyMs: number; allMs: number } {
  const times = cpus().map((cpu) => cpu.times);
  const idleMs = sum(times.map(({ idle }) => idle));
  const busyMs = sum(times.map(({ user, nice, sys, irq }) => user + nice + sys + irq));
  return { busyMs, allMs: busyMs + idleMs };
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
