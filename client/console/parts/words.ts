/** Numbers, sizes and times as a reader takes them. */
import type { ProjectionStatus } from '../../../core/operator-shapes/projection-status.ts';

const whole = new Intl.NumberFormat('en');

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${whole.format(count)} ${count === 1 ? one : many}`;
}

export function number(count: number): string {
  return whole.format(count);
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** In units of 1,000. */
export function bytesText(bytes: number): string {
  const power = bytes < 1_000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1_000 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[power]}`;
}

const STEPS = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'min'],
] as const;

/** `4 s`, `3 min`, `2 h`, `5 d`. */
export function durationText(seconds: number): string {
  for (const [length, unit] of STEPS) {
    if (seconds >= length) return `${Math.floor(seconds / length)} ${unit}`;
  }
  return `${Math.max(0, Math.floor(seconds))} s`;
}

/** What is left until a time, in two units: `14 min 32 s`. Zero once it is over. */
export function countdownText(seconds: number): string {
  const step = STEPS.find(([length]) => seconds >= length);
  if (!step) return durationText(seconds);
  return `${durationText(seconds)} ${durationText(seconds % step[0])}`;
}

export function clock(time: Date): string {
  return time.toLocaleTimeString('en-GB');
}

/** In UTC, as the API says it, without the fraction of a second. */
export function moment(iso: string): string {
  return iso.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC');
}

/** How far something is behind: in events, and in time. */
export function lagText({ events, seconds }: ProjectionStatus['lag']): string {
  return events === 0 ? 'none' : `${counted(events, 'event')}, ${durationText(seconds)}`;
}
