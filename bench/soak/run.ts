/**
 * `npm run soak -- [--minutes M] [--seed S] [--rate R]`: load for a long time, with faults, and what has grown in the
 * end. 0: every promise holds. The lines go to `bench/results/<date>-soak.jsonl`, for the page of benchmarks;
 * the history and the end stay in `dist/soak`, for `npm run check-history`.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { findingsText } from '../../test/checker/findings-text.ts';
import { Victim } from '../../test/e2e/crash/victim.ts';
import { canMeasureMemory } from '../../test/e2e/support/workerd-memory.ts';
import { writeResults } from '../results.ts';
import { type Soak, type SoakOptions, soak } from './soak.ts';
import { type Verdict, verdictsOf } from './verdict.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    rate: { type: 'string', default: '0' },
  },
});
const options: SoakOptions = {
  minutes: Number(values.minutes),
  seed: Number(values.seed),
  rate: Number(values.rate),
};
for (const [name, value] of Object.entries(options)) {
  if (!(value >= 0)) throw new RangeError(`--${name} is a number that is not negative.`);
}
if (!canMeasureMemory) throw new Error('A soak reads /proc, which only Linux has.');

const victim = await Victim.create();
try {
  const run = await soak(victim, options, console.log);
  await mkdir('dist/soak', { recursive: true });
  await writeFile('dist/soak/history.ndjson', run.recorder.text());
  await writeFile('dist/soak/state.json', JSON.stringify(run.state));
  report(run);
} finally {
  await victim.remove();
}

function report(run: Soak): void {
  const verdicts = [...verdictsOf(run.samples), faulty(run), checkedHistory(run)];
  const { ratePerSecond, requests, frames } = run;
  const [events, sagas] = [run.state.journal.length, run.state.sagas.length];
  const whole = {
    kind: 'soak' as const,
    ...options,
    ratePerSecond,
    requests,
    events,
    sagas,
    frames,
  };
  const file = writeResults('soak', [whole, ...run.samples, ...verdicts]);
  console.log(
    `${options.minutes} minutes (seed ${options.seed}), ${ratePerSecond} requests/s: ${requests} requests, ` +
      `${events} events, ${sagas} sagas, ${frames} live frames.`,
  );
  for (const { holds, promise, found } of verdicts) {
    console.log(`${holds ? '✓' : '✗'} ${promise}: ${found}`);
  }
  console.log(file);
  process.exitCode = verdicts.every(({ holds }) => holds) ? 0 : 1;
}

/** A platform that never failed would make the rest worth little. */
function faulty({ struck }: Soak): Verdict {
  return {
    kind: 'verdict',
    promise: 'the platform was made to fail',
    holds: struck > 0,
    found: `${struck} times`,
  };
}

function checkedHistory({ findings }: Soak): Verdict {
  return {
    kind: 'verdict',
    promise: 'the checker of histories finds nothing',
    holds: findings.length === 0,
    found: findingsText(findings),
  };
}
