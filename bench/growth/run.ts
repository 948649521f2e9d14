/**
 * `npm run growth -- [--events N]`: a history longer than D1 shall hold, on the real runtime: filled by commands, sealed
 * to R2 by the cron's own tick, then read through to the end by the feed, a build and `ledge verify`, and built once more
 * with commands and queries beside it. Two million events when left out. It is no part of `npm run bench`. 1: something was
 * missing.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs, promisify } from 'node:util';
import * as z from 'zod';
import { arrivalOf } from '../arrival.ts';
import { untilLive } from '../measures/rebuild.ts';
import { BATCH_LINES_MAX, batchBody, post, postBatch, registerProducts } from '../requests.ts';
import { appendResult, machine } from '../results.ts';
import { root } from '../settings.ts';
import { ours } from '../sides.ts';
import { startSide } from '../start-side.ts';
import { besideBuild } from './beside-build.ts';
import type { Growth } from './line.ts';

/** Of a stream; the first one registers the product. */
const STREAM_EVENTS = 100;
/** In a request, whose lines are receipts alone. */
const STREAMS_EACH = BATCH_LINES_MAX / STREAM_EVENTS;
/** What a tick of the cron seals at most. */
const TICK_EVENTS = 100_000;
/** What stays in D1 behind the head, and less than a segment more. */
const UNSEALED_MAX = 205_000;
const FEED_LIMIT = 1_000;

const { values } = parseArgs({ options: { events: { type: 'string', default: '2000000' } } });
const events = Number(values.events);
if (!(Number.isSafeInteger(events) && events > 0 && events % TICK_EVENTS === 0)) {
  throw new RangeError(`--events is a multiple of ${TICK_EVENTS}.`);
}

const database = z.object({
  bytes: z.number().nullable(),
  events: z.number(),
  sealed: z.object({ events: z.number() }),
});
const status = z.object({ databases: z.tuple([database]) });
const feedPage = z.object({ events: z.array(z.object({ id: z.string() })), after: z.string() });

const workDir = await mkdtemp(join(tmpdir(), 'ledge-growth-'));
const running = await startSide(ours, workDir);
const { url } = running;
try {
  const figures = await measured();
  const file = appendResult('growth', { ...figures, ...machine() });
  console.dir(figures, { depth: null });
  console.log(`The line is in ${file}.`);
  process.exitCode = figures.missing === 0 && events - figures.sealed <= UNSEALED_MAX ? 0 : 1;
} finally {
  await running.stop();
  await rm(workDir, { recursive: true });
}

async function measured(): Promise<Growth> {
  const { filledPerSecond, bytesMax } = await filled();
  await untilSealed();
  const [{ bytes, sealed }] = await read();
  const [fed, fedMs] = await timed(countFeed);
  const [, builtMs] = await timed(async () => {
    await post(`${url}/v1/projections/products/rebuild`, 'application/json', '{}');
    await untilLive(running);
  });
  // Throws when anything differs.
  const [, verifiedMs] = await timed(() =>
    promisify(execFile)(process.execPath, [join(root, 'cli/main.ts'), 'verify', '--url', url]),
  );
  const beside = await besideBuild(url);
  const perSecond = (ms: number) => Math.round(events / (ms / 1_000));
  return {
    events,
    filledPerSecond,
    fedPerSecond: perSecond(fedMs),
    builtPerSecond: perSecond(builtMs),
    verifiedPerSecond: perSecond(verifiedMs),
    sealed: sealed.events,
    bytesMax,
    bytes: bytes ?? Number.NaN,
    missing: events - fed,
    beside,
  };
}

/** A tick behind every hundred thousand events, whose time does not count. */
async function filled(): Promise<Pick<Growth, 'filledPerSecond' | 'bytesMax'>> {
  let [fillMs, bytesMax] = [0, 0];
  for (let made = 0; made < events; made += TICK_EVENTS) {
    const [, ms] = await timed(() => fill(made));
    fillMs += ms;
    await tick();
    const [{ bytes, sealed }] = await read();
    bytesMax = Math.max(bytesMax, bytes ?? 0);
    console.log(`${made + TICK_EVENTS} events, ${sealed.events} sealed, ${bytes} bytes in D1`);
  }
  return { filledPerSecond: Math.round(events / (fillMs / 1_000)), bytesMax };
}

/** The next hundred thousand events, until D1 has them. */
async function fill(made: number): Promise<void> {
  const first = made / STREAM_EVENTS;
  const streams = TICK_EVENTS / STREAM_EVENTS;
  await registerProducts(url, streams, '', first);
  for (let done = 0; done < streams; done += STREAMS_EACH) {
    await postBatch(url, receipts(first + done + 1));
  }
  const { missing } = await arrivalOf(running, made + TICK_EVENTS);
  if (missing > 0) throw new Error(`${missing} events have not arrived.`);
}

/** A product's come in a row, so that they are one message. */
function receipts(firstProduct: number): string {
  const each = STREAM_EVENTS - 1;
  const lines = Array.from({ length: STREAMS_EACH * each }, (_, index) => ({
    aggregate: 'product',
    id: `p-${firstProduct + Math.floor(index / each)}`,
    command: 'ReceiveStock',
    data: '{"quantity":3}',
  }));
  return batchBody(lines, false);
}

async function untilSealed(): Promise<void> {
  for (let ticks = 0; ticks < events / TICK_EVENTS; ticks++) {
    const [{ sealed }] = await read();
    if (events - sealed.events <= UNSEALED_MAX) return;
    await tick();
  }
}

async function countFeed(): Promise<number> {
  let [fed, after] = [0, ''];
  for (;;) {
    const query = `limit=${FEED_LIMIT}${after && `&after=${after}`}`;
    const page = feedPage.parse(await (await fetch(`${url}/v1/events?${query}`)).json());
    fed += page.events.length;
    if (page.events.length === 0 || page.after === after) return fed;
    after = page.after;
  }
}

async function tick(): Promise<void> {
  await running.tick();
  // The answer does not wait for all that it has begun.
  await sleep(1_000);
}

async function read(): Promise<z.output<typeof status>['databases']> {
  return status.parse(await (await fetch(`${url}/v1/status`)).json()).databases;
}

async function timed<Result>(run: () => Promise<Result>): Promise<[Result, number]> {
  const startMs = performance.now();
  const result = await run();
  return [result, performance.now() - startMs];
}
