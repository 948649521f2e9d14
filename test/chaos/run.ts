/**
 * `npm run chaos -- [--kills N] [--seed S] [--backlog EVENTS] [--out FOLDER] [--record]`: chaos by hand. The seed
 * chooses what the clients want and when the process dies; what meets what is up to the machine. The history and the
 * end stay in the folder, for `npm run check-history`; recorded, the figures go to the page of benchmarks. 0: nothing
 * was found.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeResults } from '../../bench/results.ts';
import { Victim } from '../e2e/crash/victim.ts';
import { chaos } from './chaos.ts';
import { figuresOf } from './figures.ts';
import { chaosText } from './report.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '20' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    backlog: { type: 'string', default: '0' },
    out: { type: 'string', default: 'dist/chaos' },
    record: { type: 'boolean', default: false },
  },
});
const options = {
  kills: Number(values.kills),
  seed: Number(values.seed),
  backlog: Number(values.backlog),
};

for (const [name, value] of Object.entries(options)) {
  if (!Number.isSafeInteger(value) || value < 0)
    throw new RangeError(`--${name} is a whole number.`);
}

const victim = await Victim.create();
try {
  const run = await chaos(victim, options);
  await mkdir(values.out, { recursive: true });
  await writeFile(join(values.out, 'history.ndjson'), run.recorder.text());
  await writeFile(join(values.out, 'state.json'), JSON.stringify(run.state));
  console.log(chaosText(options, run));
  if (values.record) console.log(writeResults('chaos', [figuresOf(options, run)]));
  process.exitCode = run.findings.length === 0 ? 0 : 1;
} finally {
  await victim.remove();
}
