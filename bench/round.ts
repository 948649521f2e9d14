/**
 * One round of one side: empty storage, warm products, load, and the wait until everything has
 * arrived.
 */
import { type Load, registerProducts, sendCommands, sendNoops } from './load.ts';
import { waitUntilQuiet, watchNeighbours } from './neighbours.ts';
import type { Scenario } from './scenarios.ts';
import {
  ATTEMPTS_MAX,
  MESSAGES_IN_FLIGHT_MAX,
  OTHERS_CPU_MAX,
  ROUND_SECONDS,
  WARM_UP_SECONDS,
} from './settings.ts';
import { settle } from './settle.ts';
import type { Side } from './sides.ts';
import { type Running, startSide } from './start-side.ts';

export interface Round extends Figures {
  /** The share of the processors that others used meanwhile. */
  readonly othersCpu: number;
}

interface Figures extends Load {
  /**
   * Acknowledged events that had not reached D1 when the clock stopped: work that the figure does
   * not hold.
   */
  readonly behind: number;
  /** Acknowledged events that never arrived. Anything but 0 voids the round. */
  readonly missing: number;
}

export function commandRound(side: Side, scenario: Scenario, workDir: string): Promise<Round> {
  return during(side, workDir, async (running) => {
    await registerProducts(running.url, scenario.products);
    const warmUp = await sendCommands(running.url, scenario.products, WARM_UP_SECONDS);
    const load = await sendCommands(running.url, scenario.products, ROUND_SECONDS);
    if (!side.relays) return { ...load, behind: 0, missing: 0 };
    const acknowledged = scenario.products + accepted(warmUp) + accepted(load);
    const behind = Math.max(0, acknowledged - (await running.projectedEvents()));
    warnOfBacklog(side, behind);
    return { ...load, behind, missing: await settle(running, acknowledged) };
  });
}

export function noopRound(side: Side, workDir: string): Promise<Round> {
  return during(side, workDir, async ({ url }) => {
    await sendNoops(url, WARM_UP_SECONDS);
    return { ...(await sendNoops(url, ROUND_SECONDS)), behind: 0, missing: 0 };
  });
}

/** A round that others disturbed is measured again. */
async function during(
  side: Side,
  workDir: string,
  measure: (running: Running) => Promise<Figures>,
): Promise<Round> {
  let round = await attempt(side, workDir, measure);
  for (let attempts = 1; disturbed(round) && attempts < ATTEMPTS_MAX; attempts++) {
    round = await attempt(side, workDir, measure);
  }
  return round;
}

async function attempt(
  side: Side,
  workDir: string,
  measure: (running: Running) => Promise<Figures>,
): Promise<Round> {
  await waitUntilQuiet();
  const othersCpu = watchNeighbours();
  const running = await startSide(side, workDir);
  const figures = await measure(running).finally(running.stop);
  return { ...figures, othersCpu: othersCpu() };
}

function warnOfBacklog(side: Side, events: number): void {
  if (events <= MESSAGES_IN_FLIGHT_MAX) return;
  console.error(`${side.name}: ${events} events behind, too many for the local queue`);
}

const disturbed = ({ othersCpu }: Round) => othersCpu > OTHERS_CPU_MAX;

const accepted = ({ requests, non2xx }: Load) => requests - non2xx;
