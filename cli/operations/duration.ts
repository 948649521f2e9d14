/** A duration of the command line, like 30m, 24h or 90d. */
import { InvalidArgumentError } from 'commander';

const UNITS_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

export const DAY_MS = 86_400_000;

export function durationMs(text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  const unitMs = UNITS_MS[unit];
  if (unitMs === undefined) throw new InvalidArgumentError('It is no duration like 30m, 24h, 90d.');
  return Number(count) * unitMs;
}
