/** One round of one contender: alone, on empty storage, and once more when others disturbed it. */
import type { Contender, Figures } from './figures.ts';
import { waitUntilQuiet, watchNeighbours } from './neighbours.ts';
import { ATTEMPTS_MAX, OTHERS_CPU_MAX } from './settings.ts';
import { startSide } from './start-side.ts';

export interface Round extends Figures {
  /** The share of the processors that others used meanwhile. */
  readonly othersCpu: number;
}

export async function measureRound(contender: Contender, workDir: string): Promise<Round> {
  let round = await attempt(contender, workDir);
  for (let attempts = 1; disturbed(round) && attempts < ATTEMPTS_MAX; attempts++) {
    round = await attempt(contender, workDir);
  }
  return round;
}

async function attempt({ side, measure }: Contender, workDir: string): Promise<Round> {
  await waitUntilQuiet();
  const othersCpu = watchNeighbours();
  const running = await startSide(side, workDir);
  const figures = await measure(running).finally(running.stop);
  return { ...figures, othersCpu: othersCpu() };
}

const disturbed = ({ othersCpu }: Round) => othersCpu > OTHERS_CPU_MAX;
