/** How long it takes from a command's answer until D1 shows its event: one command at a time. */
import { setTimeout as sleep } from 'node:timers/promises';
import { arrivalOf } from '../arrival.ts';
import { type Contender, type Figures, percentile } from '../figures.ts';
import { post, registerProducts } from '../requests.ts';
import { LAG_SAMPLES } from '../settings.ts';
import type { Side } from '../sides.ts';
import type { Running } from '../start-side.ts';

const POLL_MS = 1;
const WITHIN_MS = 15_000;

export function lag(side: Side): Contender {
  return { side, measure };
}

async function measure(running: Running): Promise<Figures> {
  await registerProducts(running.url, 1);
  await arrivalOf(running, 1);
  const timesMs: number[] = [];
  for (let sample = 1; sample <= LAG_SAMPLES; sample++) {
    timesMs.push(await untilVisible(running, sample + 1));
  }
  const p50Ms = percentile(timesMs, 50);
  const arrival = await arrivalOf(running, LAG_SAMPLES + 1);
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
