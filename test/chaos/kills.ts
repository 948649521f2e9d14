/**
 * SIGKILLs at times that the seed chooses, a restart on the same state after each, and the time until it was usable.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Line } from '../checker/history.ts';
import type { Recorder } from '../checker/recorder.ts';
import type { Victim } from '../e2e/crash/victim.ts';
import type { Random } from './random.ts';

/** Includes short runs, which end early. */
const LIFE_MS_MAX = 1_500;

/** Answers when each death was, by the recorder's clock. Leaves the server dead. */
export async function killAndRevive(
  victim: Victim,
  script: string,
  recorder: Recorder,
  random: Random,
  kills: number,
): Promise<number[]> {
  const deathsMs: number[] = [];
  for (let kill = 1; kill <= kills; kill++) {
    await sleep(random(LIFE_MS_MAX));
    await victim.kill();
    deathsMs.push(recorder.nowMs);
    if (kill < kills) await victim.start(script);
  }
  return deathsMs;
}

/** Between two kills: the time until a command was accepted. Runs that were too short for that do not count. */
export function recoveriesMs(lines: readonly Line[], deathsMs: readonly number[]): number[] {
  const commands = new Set(
    lines.flatMap((line) =>
      line.type === 'invoke' && line.wanted.kind === 'command' ? [line.id] : [],
    ),
  );
  const accepted = lines.filter(({ type, id }) => type === 'ok' && commands.has(id));
  return deathsMs.slice(0, -1).flatMap((deathMs, index) => {
    const nextDeathMs = deathsMs[index + 1] ?? deathMs;
    const first = accepted.find(({ atMs }) => atMs > deathMs);
    return first && first.atMs < nextDeathMs ? [first.atMs - deathMs] : [];
  });
}
