/** Waits until what was acknowledged has arrived in D1: the proof that it went the whole way. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Arrival } from './figures.ts';
import type { Running } from './start-side.ts';

const POLL_MS = 250;

/** Longer than the queue's batch timeout and one try of the relay's alarm. */
const STANDSTILL_MS_MAX = 15_000;

/** Call it when the clock stops. Answers at once for a side that keeps its events to itself. */
export async function arrivalOf(running: Running, acknowledged: number): Promise<Arrival> {
  if (!running.side.relays) return { behind: 0, missing: 0 };
  const behind = Math.max(0, acknowledged - (await running.projectedEvents()));
  return { behind, missing: await settle(running, acknowledged) };
}

/** How many acknowledged events have not arrived: 0, or what is missing after a standstill. */
async function settle(running: Running, acknowledged: number): Promise<number> {
  let projected = await running.projectedEvents();
  for (let idleMs = 0; projected < acknowledged && idleMs < STANDSTILL_MS_MAX; idleMs += POLL_MS) {
    await sleep(POLL_MS);
    const now = await running.projectedEvents();
    if (now > projected) idleMs = 0;
    projected = now;
  }
  return Math.max(0, acknowledged - projected);
}
