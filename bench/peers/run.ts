/**
 * `npm run peers`: what others do, and Ledge beside them in the same run, by the same scripts where there are any. The
 * lines go to `bench/results/<date>-peers.jsonl`, for the page of benchmarks. What does not run here is named.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { wrkIsInstalled } from '../load.ts';
import { measurementOf } from '../measurement.ts';
import { writeResults } from '../results.ts';
import { measureRound, type Round } from '../round.ts';
import { scenarios } from '../scenarios.ts';
import { CALIBRATION_DRIFT_MAX, ROUNDS } from '../settings.ts';
import { cart } from '../sides.ts';
import { startSide } from '../start-side.ts';
import { BenchFolder, type PeerLine, source } from './bench-folder.ts';

/** Longer than any of them takes on a quiet machine. */
const MINUTES_MAX = 15;

/** `SCALE`, `SECS` and `ROUNDS` go to the scripts as they are: `SCALE=0.05 SECS=1 ROUNDS=1` is a smoke run. */
const SECS = process.env.SECS ?? '6';

const HTTP = 'http_cmd_hot_stream,http_cmd_1000_streams,http_cmd_fresh_streams,http_read';
const IN_PROCESS = 'rehydrate,async';

/** Of our own bench: what the peers' scripts measure inside of a process has no URL that they could load. */
const OUR_SCENARIOS = [
  'cold-command/100k-events',
  'cold-command/snapshot',
  'visible',
  'catch-up/1000-streams',
  'bulk-append/one-stream',
];

if (!existsSync(source)) {
  console.error(`${source} is not there: PEER_BENCH_DIR names the folder of the peers' scripts.`);
  process.exit(2);
}
if (!wrkIsInstalled()) {
  console.error('The load comes from wrk, which is not installed: apt-get install wrk');
  process.exit(2);
}

const lines: PeerLine[] = [];
const skipped: { peer: string; why: string }[] = [];
const folder = await BenchFolder.create();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void giveUp());
try {
  await attempt('ledge', measureOurs);
  await attempt('emmett', () => folder.install().then(measureEmmett));
  await attempt('restate', () => folder.install('restate').then(measureRestate));
} finally {
  await folder.remove();
}
report();

/** A server that was started here does not stay behind. */
async function giveUp(): Promise<never> {
  await folder.postgres('stop').catch(() => undefined);
  await folder.remove();
  process.exit(130);
}

/** A peer that fails does not affect the others. */
async function attempt(peer: string, measure: () => Promise<void>): Promise<void> {
  try {
    await measure();
  } catch (error) {
    skipped.push({ peer, why: String(error) });
    console.error(`${peer} does not run here: ${error}`);
  }
}

async function measureOurs(): Promise<void> {
  const workDir = await mkdtemp(join(tmpdir(), 'ledge-peers-bundles-'));
  try {
    const running = await startSide(cart, workDir);
    const where = { NAME: 'ledge', URL: running.url, CMD_PATH: '/v1/commands/cart/%s/AddItem' };
    await script(['http-bench.mjs', 'external'], { ONLY: HTTP, ...where }).finally(running.stop);
    for (const name of OUR_SCENARIOS) await measureScenario(name, workDir);
  } finally {
    await rm(workDir, { recursive: true });
  }
}

async function measureScenario(name: string, workDir: string): Promise<void> {
  const scenario = scenarios.find((one) => one.name === name);
  if (!scenario) throw new Error(`There is no scenario ${name}.`);
  const rounds: Round[] = [];
  for (let turn = 0; turn < ROUNDS; turn++) rounds.push(await measureRound(scenario.ours, workDir));
  const { value, unit, failed, missing } = measurementOf('ledge', scenario, rounds);
  receive({ peer: 'ledge', scenario: name, value, unit, non2xx: failed + missing });
}

async function measureEmmett(): Promise<void> {
  await folder.postgres('start');
  try {
    for (const peer of ['emmett-pg', 'emmett-pg:inline', 'emmett-sqlite']) {
      await attempt(peer, () => script(['http-bench.mjs', peer], { ONLY: HTTP }));
    }
    for (const peer of ['emmett-pg', 'emmett-sqlite']) {
      await attempt(peer, () => script(['bench.mjs', peer, IN_PROCESS], {}));
    }
  } finally {
    await folder.postgres('stop');
  }
}

function measureRestate(): Promise<void> {
  return script(['restate/run.mjs'], {});
}

function script(args: readonly string[], environment: Readonly<Record<string, string>>) {
  return folder.run(args, { SECS, ROUNDS: String(ROUNDS), ...environment }, receive, MINUTES_MAX);
}

function receive(line: PeerLine): void {
  lines.push(line);
  console.log(`${line.peer.padEnd(18)}${line.scenario.padEnd(28)}${line.value} ${line.unit}`);
}

/** Each script does the same piece of arithmetic before it measures. */
function report(): void {
  const speeds = lines.filter(({ peer }) => peer === 'machine').map(({ value }) => value);
  const drift = Math.max(...speeds) / Math.min(...speeds) - 1;
  const isQuiet = drift <= CALIBRATION_DRIFT_MAX;
  const measured = lines.filter(({ peer }) => peer !== 'machine');
  console.log(writeResults('peers', [{ kind: 'peers', isQuiet, skipped }, ...measured]));
  const verdict = isQuiet ? 'quiet' : 'NOT QUIET, run again';
  console.log(`calibration: ${(100 * drift).toFixed(1)} % between the scripts, ${verdict}`);
  for (const { peer, why } of skipped) console.log(`skipped: ${peer}, ${why}`);
  process.exitCode = skipped.some(({ peer }) => peer === 'ledge') ? 1 : 0;
}
