/** Commands, or any other requests, as fast as a side takes them: what wrk counts. */
import { arrivalOf } from '../arrival.ts';
import type { Contender, Figures } from '../figures.ts';
import { type Load, load, type Requests } from '../load.ts';
import { watchSide } from '../processor-time.ts';
import { registerProducts } from '../requests.ts';
import { CONNECTIONS, ROUND_SECONDS, WARM_UP_SECONDS } from '../settings.ts';
import type { Side } from '../sides.ts';
import type { Running } from '../start-side.ts';

export function underLoad(side: Side, requests: Requests): Contender {
  return { side, measure: (running) => measure(running, requests) };
}

async function measure(running: Running, requests: Requests): Promise<Figures> {
  await registerProducts(running.url, requests.products, running.authorization);
  await arrivalOf(running, requests.products);
  const warmUp = await load(running, requests, WARM_UP_SECONDS);
  const sideUs = watchSide();
  const timed = await load(running, requests, ROUND_SECONDS);
  const commands = requests.commandsEach * answered(timed);
  const usedUs = sideUs();
  const answers = answered(warmUp) + answered(timed);
  const events = requests.products + requests.eventsOnce + requests.eventsEach * answers;
  const arrival = await arrivalOf(running, events);
  return {
    value: commands / timed.seconds,
    p50Ms: timed.p50Ms,
    p99Ms: timed.p99Ms,
    ...(usedUs !== undefined && { cpuUs: usedUs / commands }),
    failed: failures(warmUp) + failures(timed) + (await surplus(running, requests, events)),
    ...arrival,
  };
}

/** Events beyond the acknowledged ones and those of requests that were under way when a clock stopped. */
async function surplus(running: Running, requests: Requests, events: number): Promise<number> {
  if (!running.side.relays) return 0;
  const underWay = 2 * CONNECTIONS * requests.eventsEach;
  return Math.max(0, (await running.projectedEvents()) - events - underWay);
}

const answered = ({ requests, unexpected }: Load) => requests - unexpected;
const failures = ({ unexpected, broken }: Load) => unexpected + broken;
