/** How fast a read model is rebuilt from a journal of 100,000 events. */
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { arrivalOf } from '../arrival.ts';
import type { Contender, Figures } from '../figures.ts';
import { watchSide } from '../processor-time.ts';
import { batchBody, post, postBatch, registerProducts } from '../requests.ts';
import type { Side } from '../sides.ts';
import type { Running } from '../start-side.ts';

const EVENTS = 100_000;
const STREAMS = 1_000;
/** After the one that registers a product. */
const RECEIPTS = EVENTS / STREAMS - 1;
/** In a request. */
const STREAMS_EACH = 100;

const POLL_MS = 20;

const projection = z.object({ state: z.string(), serving: z.number() });

/** The product's own operation, watched from outside. */
export function rebuild(side: Side): Contender {
  return {
    side,
    measure: async (running) => {
      const { url } = running;
      await registerProducts(url, STREAMS);
      for (let first = 1; first <= STREAMS; first += STREAMS_EACH) {
        await postBatch(url, receipts(first));
      }
      const { missing } = await arrivalOf(running, EVENTS);
      return timed(missing, async () => {
        await post(`${url}/v1/projections/products/rebuild`, 'application/json', '{}');
        await untilLive(running);
      });
    },
  };
}

/** The same with nothing on top. */
export function bareRebuild(side: Side): Contender {
  return {
    side,
    measure: async ({ url }) => {
      await post(`${url}/fill/${EVENTS}/${STREAMS}`, 'application/json', '');
      return timed(0, () => post(`${url}/build`, 'application/json', ''));
    },
  };
}

async function timed(missing: number, run: () => Promise<unknown>): Promise<Figures> {
  const sideUs = watchSide();
  const startMs = performance.now();
  await run();
  const value = EVENTS / ((performance.now() - startMs) / 1_000);
  const usedUs = sideUs();
  const cpu = usedUs === undefined ? {} : { cpuUs: usedUs / EVENTS };
  return { value, ...cpu, failed: 0, behind: 0, missing };
}

/** Until no build of the products is under way. */
export async function untilLive({ url }: Pick<Running, 'url'>): Promise<void> {
  for (;;) {
    const response = await fetch(`${url}/v1/projections/products`);
    if (projection.parse(await response.json()).state === 'live') return;
    await sleep(POLL_MS);
  }
}

/** A product's come in a row, so that they are one message: the local queue takes no 100,000. */
function receipts(firstProduct: number): string {
  const lines = Array.from({ length: STREAMS_EACH * RECEIPTS }, (_, index) => ({
    aggregate: 'product',
    id: `p-${firstProduct + Math.floor(index / RECEIPTS)}`,
    command: 'ReceiveStock',
    data: '{"quantity":3}',
  }));
  return batchBody(lines, false);
}
