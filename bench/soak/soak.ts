/** A server under load for a long time, on a platform that fails now and then; then the checker looks at what is left. */
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { answeredVersions } from '../../test/chaos/chaos.ts';
import { ChaosClient } from '../../test/chaos/client.ts';
import { fulfilmentLaw } from '../../test/chaos/fulfilment-law.ts';
import { arrived, patienceAfter, settleOrders } from '../../test/chaos/quiet.ts';
import { checkHistory } from '../../test/checker/check-history.ts';
import type { FinalState } from '../../test/checker/final-state.ts';
import type { Finding } from '../../test/checker/finding.ts';
import { historyOf } from '../../test/checker/history.ts';
import { readFinalState } from '../../test/checker/read-final-state.ts';
import { Recorder } from '../../test/checker/recorder.ts';
import { Reader } from '../../test/e2e/crash/reader.ts';
import { migrations, type Victim } from '../../test/e2e/crash/victim.ts';
import { workerdMemory } from '../../test/e2e/support/workerd-memory.ts';
import { app } from '../../test/shop/app.ts';
import { Load } from './load.ts';
import { type Sample, sample } from './sample.ts';

export interface SoakOptions {
  readonly minutes: number;
  readonly seed: number;
  /** Requests a second; 0: a share of what the machine takes. */
  readonly rate: number;
}

export interface Soak {
  readonly ratePerSecond: number;
  readonly samples: readonly Sample[];
  readonly requests: number;
  readonly recorder: Recorder;
  readonly state: FinalState;
  /** That live subscribers got. */
  readonly frames: number;
  /** How often the platform was made to fail. */
  readonly struck: number;
  readonly findings: readonly Finding[];
}

const mended = z.object({ struck: z.number() });

/** So many samples, at least so far apart. */
const SAMPLES = 180;
const SAMPLE_EVERY_SECONDS_MIN = 2;

/** Until the read side has what the load begins with. */
const PREPARATION_MS_MAX = 120_000;

/** Longer than an alarm waits that has something to confirm, or to send again. */
const ALARMS_MS = 20_000;

const CALIBRATION_SECONDS = 30;
const CALIBRATION_LANES = 8;
/** Of what the machine takes: neighbours shall not decide the result. More than the most only makes more to check. */
const RATE_SHARE = 0.25;
const RATE_MAX = 50;

/** The interval of the cron, which does not run locally. */
const MINUTE_MS = 60_000;

export async function soak(
  victim: Victim,
  { minutes, seed, rate }: SoakOptions,
  say: (line: string) => void,
): Promise<Soak> {
  await victim.start(await victim.bundle('bench/workers/unlucky.ts'), await migrations());
  const url = victim.url ?? '';
  const recorder = new Recorder(() => performance.now());
  const load = new Load(url, recorder, seed);
  await arrived(new Reader(() => url), await load.prepare(), PREPARATION_MS_MAX);
  await sleep(ALARMS_MS);
  await ask(url, 'break');
  const ratePerSecond = rate || (await calibrated(load, say));
  const cron = setInterval(() => void ask(url, 'cron'), MINUTE_MS);
  await ask(url, 'cron');
  const samples = await watched(url, load, ratePerSecond, minutes * 60, say);
  const frames = await load.end();

  say('The load is over: waiting until all is quiet, then checking the history.');
  const { struck } = mended.parse(JSON.parse(await ask(url, 'mend')));
  const checked = await check(url, recorder, load.unpaid, minutes * MINUTE_MS, say);
  clearInterval(cron);
  return { ratePerSecond, samples, requests: load.sent, frames, struck, ...checked };
}

/** What the Worker does for a soak alone. */
async function ask(url: string, what: string): Promise<string> {
  const response = await fetch(`${url}/soak/${what}`);
  return response.text();
}

/** The load, and what is seen of it while it runs. */
async function watched(
  url: string,
  load: Load,
  ratePerSecond: number,
  seconds: number,
  say: (line: string) => void,
): Promise<Sample[]> {
  const everySeconds = Math.max(seconds / SAMPLES, SAMPLE_EVERY_SECONDS_MIN);
  const samples: Sample[] = [];
  load.take();
  const running = load.open(ratePerSecond, seconds);
  for await (const one of sampled(url, load, everySeconds)) {
    samples.push(one);
    say(lineOf(one));
    if (samples.length >= Math.floor(seconds / everySeconds)) break;
  }
  await running;
  return samples;
}

async function calibrated(load: Load, say: (line: string) => void): Promise<number> {
  const taken = await load.closed(CALIBRATION_LANES, CALIBRATION_SECONDS);
  const rate = Math.max(1, Math.min(RATE_MAX, Math.floor(RATE_SHARE * taken)));
  say(`The machine takes ${Math.round(taken)} requests/s; the soak sends ${rate}.`);
  return rate;
}

async function* sampled(url: string, load: Load, everySeconds: number): AsyncGenerator<Sample> {
  const startMs = performance.now();
  for (let number = 1; ; number++) {
    await sleep(Math.max(0, startMs + number * everySeconds * 1_000 - performance.now()));
    const measured = load.take();
    const { nowMebibytes, descriptors } = workerdMemory();
    yield {
      kind: 'sample',
      atSeconds: Math.round((performance.now() - startMs) / 1_000),
      memoryMebibytes: Math.round(nowMebibytes),
      descriptors,
      tables: await tablesOf(url),
      ...measured,
    };
  }
}

function lineOf({ atSeconds, memoryMebibytes, descriptors, commands, reads, tables }: Sample) {
  return (
    `${atSeconds} s: ${memoryMebibytes} MiB, ${descriptors} descriptors, ${tables.journal} events; ` +
    `${commands.count} commands, p99 ${commands.p99Ms} ms; ${reads.count} reads, p99 ${reads.p99Ms} ms`
  );
}

/** The faults hit this as well: then it is asked again. */
async function tablesOf(url: string): Promise<Sample['tables']> {
  for (;;) {
    const response = await fetch(`${url}/soak/tables`);
    if (response.ok) return sample.shape.tables.parse(await response.json());
    await response.body?.cancel();
  }
}

async function check(
  url: string,
  recorder: Recorder,
  unpaid: readonly string[],
  tookMs: number,
  say: (line: string) => void,
): Promise<Pick<Soak, 'recorder' | 'state' | 'findings'>> {
  const reader = new Reader(() => url);
  const client = new ChaosClient('settler', () => url, recorder);
  const orders = unpaid.map((stream) => stream.replace('order/', ''));
  const patienceMs = patienceAfter(tookMs);
  await settleOrders(reader, client, orders, patienceMs);
  await arrived(reader, answeredVersions(historyOf(recorder.lines)), patienceMs);
  await still(url, patienceMs);
  say('All is quiet: reading what is left.');
  const history = historyOf(recorder.lines);
  const state = await readFinalState(app, reader, history);
  say(`Checking ${history.command.length} commands and ${state.journal.length} events.`);
  return {
    recorder,
    state,
    findings: checkHistory(app, history, state, [fulfilmentLaw]),
  };
}

/** Until the journal has not grown for as long as any alarm waits that has something to send. */
async function still(url: string, patienceMs: number): Promise<void> {
  const untilMs = performance.now() + patienceMs;
  let before = -1;
  for (;;) {
    const { journal = 0 } = await tablesOf(url);
    if (journal === before || performance.now() > untilMs) return;
    before = journal;
    await sleep(ALARMS_MS);
  }
}
