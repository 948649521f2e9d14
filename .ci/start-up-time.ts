// How long a Worker computes when it starts, by the profile that `wrangler check startup` writes.

import { readFileSync } from 'node:fs';

interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string };
  }[];
  readonly samples: readonly number[];
  /** In microseconds, one for each sample. */
  readonly timeDeltas: readonly number[];
}

/** The samples in which the processor waits, or runs what is not the Worker. */
const IDLE = ['(idle)', '(root)'];

export function startUpMs(file: string): number {
  const { nodes, samples, timeDeltas }: Profile = JSON.parse(readFileSync(file, 'utf8'));
  const idle = new Set(
    nodes.filter(({ callFrame }) => IDLE.includes(callFrame.functionName)).map(({ id }) => id),
  );
  const active = timeDeltas.filter((_, index) => !idle.has(samples[index] ?? 0));
  return Math.round(active.reduce((sum, us) => sum + us, 0) / 1_000);
}
