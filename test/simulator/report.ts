/** What simulations came to, in words. */
import { createHash } from 'node:crypto';
import { findingsText } from '../checker/findings-text.ts';
import type { Simulated } from './simulation.ts';

export interface Total {
  seeds: number;
  commands: number;
  /** How often each fault has struck. */
  readonly struck: Map<string, number>;
}

export function foundText({ seed, findings, schedule }: Simulated, plant?: string): string {
  const planted = plant === undefined ? '' : ` --plant ${plant}`;
  return [
    `Seed ${seed}: ${findingsText(findings)}`,
    `Its schedule of ${schedule.length} lines is ${digestOf(schedule)}: npm run simulate -- --seed ${seed}${planted}`,
  ].join('\n');
}

export function summaryText({ seeds, commands, struck }: Total, tookMs: number): string {
  const faults = [...struck].sort(([one], [other]) => (one < other ? -1 : 1));
  const times = faults.reduce((sum, [, count]) => sum + count, 0);
  return [
    ...faults.map(([fault, count]) => `${String(count).padStart(7)}  ${fault}`),
    `${seeds} simulations in ${(tookMs / 1_000).toFixed(1)} s: ${commands} commands, ${times} faults of ${faults.length} kinds.`,
  ].join('\n');
}

function digestOf(schedule: readonly string[]): string {
  return createHash('sha256').update(schedule.join('\n')).digest('hex').slice(0, 16);
}
