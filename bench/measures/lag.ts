/**
 * How long it takes from a command's answer until D1 shows its event: one command at a time, or so many of them one
 * after the other.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { arrivalOf } from '../arrival.ts';
import { type Contender, type Figures, percentile } from '../figures.ts';
import { post, registerProducts } from '../requests.ts';
import { LAG_SAMPLES } from '../settings.ts';
import type { Side } from '../sides.ts';
import type { Running } from '../start-side.ts';

const POLL_MS = 1;
const WITHIN_MS = 15_000;

export function lag(side: Side, times = 1): Contender {
  return { side, measure: (running) => measure(running, times) };
}

async function measure(running: Running, times: number): Promise<Figures> {
  await registerProducts(running.url, 1);
  await arrivalOf(running, 1);
  const timesMs: number[] = [];
  let events = 1;
  for (let sample = 0; sample < LAG_SAMPLES; sample++) {
    let ms = 0;
    for (let time = 0; time < times; time++) ms += await untilVisible(running, ++events);
    timesMs.push(ms);
  }
  const p50Ms = percentile(timesMs, 50);
  const arrival = await arrivalOf(running, events);
  return { value: p50Ms, p50Ms, p99Ms: percentile(timesMs, 99), failed: 0, ...arrival };
}

async function untilVisible(running: Running, events: number): Promise<number> {
  const url = `${running.url}/v1/commands/product/p-1/ReceiveStock`;
  await post(url, 'application/json', '{"quantity":3}');
  const startMs = performance.now();
  while ((await running.projectedEvents()) < events) {
    if (performance.now() - startMs > WITHIN_MS) break;
    await sleep(POLL_MS);
  }
  return performance.now() - startMs;
}
