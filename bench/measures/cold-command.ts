/**
 * How long a command takes whose object is not in memory: it is evicted, then called once, again and again. Opening
 * the storage, folding and appending are in the time; the process, its compiled code and the file cache stay warm.
 */
import * as z from 'zod';
import { arrivalOf } from '../arrival.ts';
import { type Contender, type Figures, percentile } from '../figures.ts';
import { ENTRY, post } from '../requests.ts';
import { COLD_SAMPLES } from '../settings.ts';
import type { Side } from '../sides.ts';
import type { Running } from '../start-side.ts';
import type { Fill, Stream } from './fill.ts';

/** Enough for the compiler to have seen the fold. */
const WARM_UP_SAMPLES = 5;

export interface Book {
  readonly aggregate: 'book' | 'kept-book' | 'growing-book';
  readonly events: number;
  readonly fill: Fill;
}

export function coldCommand(side: Side, book: Book): Contender {
  return { side, measure: (running) => measure(running, book) };
}

async function measure(running: Running, { aggregate, events, fill }: Book): Promise<Figures> {
  const stream = { aggregate, id: 'b-1' };
  await fill(running.url, stream, events);
  const arrival = await arrivalOf(running, events);
  const timesMs: number[] = [];
  let failed = 0;
  for (let sample = 1; sample <= WARM_UP_SAMPLES + COLD_SAMPLES; sample++) {
    const { ms, version } = await firstCommand(running, stream);
    if (version !== events + sample) failed++;
    timesMs.push(ms);
  }
  const counted = timesMs.slice(WARM_UP_SAMPLES);
  const p50Ms = percentile(counted, 50);
  return { value: p50Ms, p50Ms, p99Ms: percentile(counted, 99), failed, ...arrival };
}

const answer = z.object({ version: z.number() });

async function firstCommand(running: Running, { aggregate, id }: Stream) {
  await running.evict(`main/${aggregate}/${id}`);
  const startMs = performance.now();
  const url = `${running.url}/v1/commands/${aggregate}/${id}/PostEntry`;
  const { version } = answer.parse(JSON.parse(await post(url, 'application/json', ENTRY)));
  return { ms: performance.now() - startMs, version };
}
