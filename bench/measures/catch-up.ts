/** How fast a backlog reaches D1: messages of one event each, all of them on the queue at once. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Contender, Figures } from '../figures.ts';
import { watchSide } from '../processor-time.ts';
import { post, registerProducts, sendEach } from '../requests.ts';
import type { Side } from '../sides.ts';
import type { Running } from '../start-side.ts';

/**
 * The local queue takes less than 20,000 messages. A long run, because the runtime stops once in it for 110 ms to collect
 * garbage: 5,000 events measured whether that fell into their 0.6 s.
 */
const COMMANDS = 15_000;

const POLL_MS = 10;
const WITHIN_MS = 120_000;

export function catchUp(side: Side, streams: number): Contender {
  return { side, measure: (running) => measure(running, streams) };
}

async function measure(running: Running, streams: number): Promise<Figures> {
  const { url } = running;
  await registerProducts(url, streams);
  await sendEach(COMMANDS, (index) =>
    post(
      `${url}/v1/commands/product/p-${(index % streams) + 1}/ReceiveStock`,
      'application/json',
      '{"quantity":3}',
    ),
  );
  const events = streams + COMMANDS;
  const sideUs = watchSide();
  const startMs = performance.now();
  await post(`${url}/release`, 'application/json', '');
  const missing = await untilProjected(running, events, startMs + WITHIN_MS);
  const seconds = (performance.now() - startMs) / 1_000;
  const usedUs = sideUs();
  return {
    value: (events - missing) / seconds,
    ...(usedUs !== undefined && { cpuUs: usedUs / events }),
    failed: 0,
    behind: 0,
    missing,
  };
}

/** How many had not arrived in time. */
async function untilProjected(running: Running, events: number, endMs: number): Promise<number> {
  for (;;) {
    const missing = events - (await running.projectedEvents());
    if (missing <= 0 || performance.now() > endMs) return Math.max(0, missing);
    await sleep(POLL_MS);
  }
}
