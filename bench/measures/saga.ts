/**
 * How long a saga of three steps takes from the answer to the command that begins it until its own object says that it
 * is completed, one after another; and how many a second are completed, with all their events in D1, when many are
 * begun at once.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { arrivalOf } from '../arrival.ts';
import { type Contender, type Figures, percentile } from '../figures.ts';
import { batchBody, post, postBatch } from '../requests.ts';
import { LAG_SAMPLES } from '../settings.ts';
import type { Side } from '../sides.ts';
import type { Running } from '../start-side.ts';

/** Begun at once. */
const SAGAS = 500;

/** The first events compile the code, and settle its serving set. */
const WARM_UP_SAMPLES = 5;

/** What begins it, four of its own, and its three marks. */
export const EVENTS_EACH = 8;

const LOOK_AGAIN_MS = 2;
const SAGA_MS_MAX = 60_000;

/** One saga at a time: its median completion time. */
export function sagaCompletion(side: Side): Contender {
  return { side, measure: measureCompletion };
}

/** Begun in one batch: how many are completed a second. */
export function sagasPerSecond(side: Side): Contender {
  return { side, measure: measureThroughput };
}

async function measureCompletion(running: Running): Promise<Figures> {
  const timesMs: number[] = [];
  let failed = 0;
  for (let sample = 1; sample <= WARM_UP_SAMPLES + LAG_SAMPLES; sample++) {
    const id = `s-${sample}`;
    await post(`${running.url}/v1/commands/marker/${id}/Begin`, 'application/json', '{}');
    const startMs = performance.now();
    if (!(await isCompleted(running, id))) failed++;
    timesMs.push(performance.now() - startMs);
  }
  const arrival = await arrivalOf(running, EVENTS_EACH * timesMs.length);
  const timed = timesMs.slice(WARM_UP_SAMPLES);
  const p50Ms = percentile(timed, 50);
  return { value: p50Ms, p50Ms, p99Ms: percentile(timed, 99), failed, ...arrival };
}

async function measureThroughput(running: Running): Promise<Figures> {
  await begin(running, 'w', WARM_UP_SAMPLES);
  await arrivalOf(running, EVENTS_EACH * WARM_UP_SAMPLES);
  const startMs = performance.now();
  await begin(running, 't', SAGAS);
  const { missing } = await arrivalOf(running, EVENTS_EACH * (WARM_UP_SAMPLES + SAGAS));
  const seconds = (performance.now() - startMs) / 1_000;
  const failed = SAGAS - (await completed(running)) + WARM_UP_SAMPLES;
  return { value: (SAGAS - failed) / seconds, failed, behind: 0, missing };
}

async function begin(running: Running, prefix: string, sagas: number): Promise<void> {
  const lines = Array.from({ length: sagas }, (_, index) => {
    return { aggregate: 'marker', id: `${prefix}-${index}`, command: 'Begin', data: '{}' };
  });
  await postBatch(running.url, batchBody(lines));
}

const counted = z.object({ count: z.number() });

async function completed({ url }: Running): Promise<number> {
  const response = await fetch(`${url}/v1/sagas?status=completed&limit=1&count=true`);
  return counted.parse(await response.json()).count;
}

const saga = z.object({ status: z.string() });

async function isCompleted(running: Running, id: string): Promise<boolean> {
  const untilMs = performance.now() + SAGA_MS_MAX;
  while (performance.now() < untilMs) {
    const response = await fetch(`${running.url}/v1/sagas/three-steps/${id}`);
    const answer = saga.safeParse(await response.json());
    if (answer.data?.status === 'completed') return true;
    await sleep(LOOK_AGAIN_MS);
  }
  return false;
}
