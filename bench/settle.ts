/**
 * Waits until what was acknowledged has arrived in D1: the proof that the load went the whole way.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Running } from './start-side.ts';

const POLL_MS = 250;

/** Longer than the queue's batch timeout and one try of the relay's alarm. */
const STANDSTILL_MS_MAX = 15_000;

/**
 * Answers how many acknowledged events have not arrived: 0, or what is missing after a standstill.
 */
export async function settle(side: Running, acknowledged: number): Promise<number> {
  let projected = await side.projectedEvents();
  for (let idleMs = 0; projected < acknowledged && idleMs < STANDSTILL_MS_MAX; idleMs += POLL_MS) {
    await sleep(POLL_MS);
    const now = await side.projectedEvents();
    if (now > projected) idleMs = 0;
    projected = now;
  }
  return Math.max(0, acknowledged - projected);
}
