/** What commands and queries wait while a projection is built beside them: twenty of each a second, before and meanwhile. */
import { setTimeout as sleep } from 'node:timers/promises';
import { percentile } from '../figures.ts';
import { untilLive } from '../measures/rebuild.ts';
import { post } from '../requests.ts';
import type { BesideBuild, Waits } from './line.ts';

const EACH_MS = 50;
const QUIET_MS = 20_000;

interface Waited {
  readonly command: readonly number[];
  readonly query: readonly number[];
}

/** Of the projection `products`, whose first product gets a receipt each time. */
export async function besideBuild(url: string): Promise<BesideBuild> {
  const quiet = await paced(url, sleep(QUIET_MS));
  const startMs = performance.now();
  const building = await paced(url, built(url));
  const builtSeconds = (performance.now() - startMs) / 1_000;
  const beside = (kind: keyof Waited) => ({
    quiet: waitsOf(quiet[kind]),
    building: waitsOf(building[kind]),
  });
  return { command: beside('command'), query: beside('query'), builtSeconds };
}

async function built(url: string): Promise<void> {
  await post(`${url}/v1/projections/products/rebuild`, 'application/json', '{}');
  await untilLive({ url });
}

/** One command and one query each time, also while earlier ones have no answer, until the promise is settled. */
async function paced(url: string, until: Promise<unknown>): Promise<Waited> {
  const waited = { command: [] as number[], query: [] as number[] };
  const sent: Promise<void>[] = [];
  let isOver = false;
  const over = until.finally(() => {
    isOver = true;
  });
  while (!isOver) {
    sent.push(
      timed(waited.command, () => receive(url)),
      timed(waited.query, () => list(url)),
    );
    await sleep(EACH_MS);
  }
  await Promise.all([over, ...sent]);
  return waited;
}

async function timed(times: number[], run: () => Promise<unknown>): Promise<void> {
  const startMs = performance.now();
  await run();
  times.push(performance.now() - startMs);
}

const receive = (url: string) =>
  post(`${url}/v1/commands/product/p-1/ReceiveStock`, 'application/json', '{"quantity":3}');

async function list(url: string): Promise<void> {
  const response = await fetch(`${url}/v1/queries/products?limit=20`);
  const text = await response.text();
  if (!response.ok) throw new Error(`The list answered ${response.status}: ${text.slice(0, 500)}`);
}

function waitsOf(times: readonly number[]): Waits {
  return { p50: percentile(times, 50), p99: percentile(times, 99) };
}
