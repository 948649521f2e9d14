/** SIGKILL at moments that the seed chooses, a new life on the same state after each, and how soon it was of use. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Line } from '../checker/history.ts';
import type { Recorder } from '../checker/recorder.ts';
import type { Victim } from '../e2e/crash/victim.ts';
import type { Random } from './random.ts';

/** Short lives too, which end before anything has got far. */
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

/** Between two deaths: how long it took until a command was accepted. A life too short for that has no say. */
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
