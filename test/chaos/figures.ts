/** A run of chaos in numbers, for the page of benchmarks. */
import { historyOf } from '../checker/history.ts';
import type { Chaos, ChaosOptions } from './chaos.ts';

export interface ChaosFigures extends ChaosOptions {
  readonly commands: number;
  readonly events: number;
  /** From a death to the first command that was accepted after it. */
  readonly recoveryMs: { readonly median: number; readonly most: number };
  readonly drainMs: number;
  readonly backlogMs?: number;
  /** Of the checker. */
  readonly findings: number;
}

export function figuresOf(options: ChaosOptions, run: Chaos): ChaosFigures {
  const { drainMs, backlogMs } = run;
  return {
    ...options,
    commands: historyOf(run.recorder.lines).command.length,
    events: run.state.journal.length,
    recoveryMs: spreadOf(run.recoveriesMs),
    drainMs,
    ...(backlogMs !== undefined && { backlogMs }),
    findings: run.findings.length,
  };
}

export function spreadOf(millis: readonly number[]) {
  const sorted = [...millis].sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  return { median, most: sorted.at(-1) ?? Number.NaN };
}
