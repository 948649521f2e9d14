/** A server under load for a long time, on a platform that fails now and then; then the checker looks at what is left. */
import { setTimeout as sleep } from 'node:timers/promises';
import { app } from '../../domain/app.ts';
import { ChaosClient } from '../../test/chaos/client.ts';
import { fulfilmentLaw } from '../../test/chaos/fulfilment-law.ts';
import { arrived, patienceAfter, settled, settleOrders } from '../../test/chaos/quiet.ts';
import { checkHistory } from '../../test/checker/check-history.ts';
import type { Finding } from '../../test/checker/finding.ts';
import { historyOf } from '../../test/checker/history.ts';
import { readFinalState } from '../../test/checker/read-final-state.ts';
import { Recorder } from '../../test/checker/recorder.ts';
import { Reader } from '../../test/e2e/crash/reader.ts';
import { migrations, type Victim } from '../../test/e2e/crash/victim.ts';
import { workerdMemory } from '../../test/e2e/support/workerd-memory.ts';
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
  readonly events: number;
  readonly sagas: number;
  /** That live subscribers got. */
  readonly frames: number;
  readonly findings: readonly Finding[];
}

/** So many samples, at least so far apart. */
const SAMPLES = 180;
const SAMPLE_EVERY_SECONDS_MIN = 2;

/** Until the read side has what the load begins with. */
const PREPARATION_MS_MAX = 120_000;

/** Then each of the new objects' alarms has confirmed what it sent. */
const ALARMS_MS = 20_000;

const CALIBRATION_SECONDS = 10;
const CALIBRATION_LANES = 8;
/** Of what the machine takes: neighbours shall not decide the result. */
const RATE_SHARE = 0.25;

/** Of D1's cron, which nobody rings locally. */
const MINUTE_MS = 60_000;

export async function soak(victim: Victim, options: SoakOptions, say: (line: string) => void) {
  await victim.start(await victim.bundle('bench/workers/unlucky.ts'), await migrations());
  const url = victim.url ?? '';
  const recorder = new Recorder(() => performance.now());
  const load = new Load(url, recorder, options.seed);
  const reader = new Reader(() => url);
  await arrived(reader, await load.prepare(), PREPARATION_MS_MAX);
  await sleep(ALARMS_MS);
  const ratePerSecond = options.rate || (await calibrated(load, say));
  const seconds = options.minutes * 60;
  const everySeconds = Math.max(seconds / SAMPLES, SAMPLE_EVERY_SECONDS_MIN);

  load.take();
  const ring = () => fetch(`${url}/soak/cron`).then((response) => response.body?.cancel());
  await ring();
  const minutes = setInterval(() => void ring(), MINUTE_MS);
  const running = load.open(ratePerSecond, seconds);
  const samples = await sampled(url, load, Math.floor(seconds / everySeconds), everySeconds);
  await running;
  const frames = await load.end();

  say('The load is over: waiting until all is quiet, then checking the history.');
  const checked = await check(url, recorder, load.unpaid, seconds * 1_000);
  clearInterval(minutes);
  return { ratePerSecond, samples, requests: load.sent, frames, ...checked } satisfies Soak;
}

async function calibrated(load: Load, say: (line: string) => void): Promise<number> {
  const taken = await load.closed(CALIBRATION_LANES, CALIBRATION_SECONDS);
  const rate = Math.max(1, Math.floor(RATE_SHARE * taken));
  say(`The machine takes ${Math.round(taken)} requests/s; the soak sends ${rate}.`);
  return rate;
}

async function sampled(url: string, load: Load, count: number, everySeconds: number) {
  const startMs = performance.now();
  const samples: Sample[] = [];
  for (let number = 1; number <= count; number++) {
    await sleep(Math.max(0, startMs + number * everySeconds * 1_000 - performance.now()));
    const measured = load.take();
    const { nowMebibytes, descriptors } = workerdMemory();
    samples.push({
      kind: 'sample',
      atSeconds: Math.round((performance.now() - startMs) / 1_000),
      memoryMebibytes: Math.round(nowMebibytes),
      descriptors,
      tables: await tablesOf(url),
      ...measured,
    });
  }
  return samples;
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
): Promise<Pick<Soak, 'events' | 'sagas' | 'findings'>> {
  const reader = new Reader(() => url);
  const client = new ChaosClient('settler', () => url, recorder);
  const orders = unpaid.map((stream) => stream.replace('order/', ''));
  await settleOrders(reader, client, orders, patienceAfter(tookMs));
  await settled(reader, patienceAfter(tookMs));
  const history = historyOf(recorder.lines);
  const state = await readFinalState(app, reader, history);
  return {
    events: state.journal.length,
    sagas: state.sagas.length,
    findings: checkHistory(app, history, state, [fulfilmentLaw]),
  };
}
