/**
 * `npm run simulate -- [--seeds A-B] [--seed N] [--minutes M] [--queues Q] [--plant NAME]`: simulations until one finds
 * something. `--seed` replays one exactly and prints its schedule; `--minutes` takes seeds by chance for so long;
 * `--queues` keeps their number, which else changes; `--plant` first takes a mechanism out of the product, and is for what
 * that is found by. 0: nothing was found.
 */
import { parseArgs } from 'node:util';
import type { Finding } from '../checker/finding.ts';
import { LOW_LIMITS, prepareModules } from './module-hooks.ts';
import { plants } from './plants.ts';
import { foundText, summaryText, type Total } from './report.ts';
import type { Simulated } from './simulation.ts';

/** What `npm run check` runs. */
const FIXED_SEEDS = '1-60';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: FIXED_SEEDS },
    seed: { type: 'string' },
    minutes: { type: 'string' },
    queues: { type: 'string' },
    plant: { type: 'string' },
  },
});

const queues = values.queues === undefined ? undefined : wholeNumber(values.queues);
const elapsedMs = stopwatch();
let current = 0;
process.on('uncaughtException', (error: unknown) => {
  console.error(`Seed ${current} has thrown an uncaught error:`, error);
  process.exit(2);
});

const plant = plantNamed(values.plant);
prepareModules([...LOW_LIMITS, ...(plant ? [plant] : [])]);
// Imported here, after its imports are prepared.
const { simulate } = await import('./simulation.ts');
process.exitCode = (await run()) === 'clean' ? 0 : 1;

async function run(): Promise<'clean' | 'found'> {
  const total: Total = { seeds: 0, commands: 0, struck: new Map() };
  for (const seed of seeds()) {
    current = seed;
    const simulated = await simulate(seed, queues);
    add(total, simulated);
    if (values.seed !== undefined) console.log(simulated.schedule.join('\n'));
    if (!simulated.findings.some(isSought)) continue;
    console.log(foundText(simulated, values.plant));
    console.log(summaryText(total, elapsedMs()));
    return 'found';
  }
  console.log(summaryText(total, elapsedMs()));
  return 'clean';
}

/** Of a plant only what it has to be found by: it may show in another way first. */
function isSought({ kind }: Finding): boolean {
  return plant?.findings.includes(kind) ?? true;
}

function* seeds(): Generator<number> {
  if (values.minutes !== undefined) {
    const endMs = wholeNumber(values.minutes) * 60_000;
    for (let seed = Date.now() % 1_000_000; elapsedMs() < endMs; seed++) yield seed;
    return;
  }
  const [from, to = from] = (values.seed ?? values.seeds).split('-').map(wholeNumber);
  for (let seed = from ?? 1; seed <= (to ?? 1); seed++) yield seed;
}

function add(total: Total, { commands, struck }: Simulated): void {
  total.seeds++;
  total.commands += commands;
  for (const [fault, times] of struck) {
    total.struck.set(fault, (total.struck.get(fault) ?? 0) + times);
  }
}

function plantNamed(name: string | undefined) {
  if (name === undefined) return undefined;
  const plant = plants[name];
  if (!plant) throw new RangeError(`There are: ${Object.keys(plants).join(', ')}.`);
  return plant;
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0) throw new RangeError(`${text}: no number.`);
  return number;
}

/** The machine's clock, not the simulated one. */
function stopwatch(): () => number {
  const begun = process.hrtime.bigint();
  return () => Number(process.hrtime.bigint() - begun) / 1e6;
}
