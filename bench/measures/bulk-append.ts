/** How fast many events come in: in requests of 10,000, one at a time. */
import { arrivalOf } from '../arrival.ts';
import { type Contender, type Figures, percentile } from '../figures.ts';
import { watchSide } from '../processor-time.ts';
import { BATCH_LINES_MAX, batchBody, postBatch, registerProducts } from '../requests.ts';
import { BULK_REQUESTS } from '../settings.ts';
import type { Side } from '../sides.ts';
import type { Running } from '../start-side.ts';

const DATA = '{"quantity":3}';

export interface Bulk {
  /** They exist before the clock starts, and each gets its share of a request's lines in a row. */
  readonly streams: number;
  /** How many commands an answer says were accepted. */
  readonly accepted: (answer: string) => number;
}

/** Through the batch endpoint, with a key for every command. */
export function bulkAppend(side: Side, { streams, accepted }: Bulk): Contender {
  return {
    side,
    measure: async (running) => {
      await registerProducts(running.url, streams);
      const bodies = Array.from({ length: BULK_REQUESTS }, () => bodyFor(streams));
      const run = await inTurn(bodies, (body) => postBatch(running.url, body));
      const events = run.answers.map(accepted);
      return figuresOf(running, run, streams, sum(events));
    },
  };
}

interface Run {
  readonly answers: readonly string[];
  readonly timesMs: readonly number[];
  readonly cpuUs: number | undefined;
}

async function inTurn(
  bodies: readonly string[],
  send: (body: string) => Promise<string>,
): Promise<Run> {
  const answers: string[] = [];
  const timesMs: number[] = [];
  const sideUs = watchSide();
  for (const body of bodies) {
    const startMs = performance.now();
    answers.push(await send(body));
    timesMs.push(performance.now() - startMs);
  }
  return { answers, timesMs, cpuUs: sideUs() };
}

async function figuresOf(
  running: Running,
  { answers, timesMs, cpuUs }: Run,
  before: number,
  accepted: number,
): Promise<Figures> {
  return {
    value: accepted / (sum(timesMs) / 1_000),
    p50Ms: percentile(timesMs, 50),
    p99Ms: percentile(timesMs, 99),
    ...(cpuUs !== undefined && { cpuUs: cpuUs / accepted }),
    failed: answers.length * BATCH_LINES_MAX - accepted,
    ...(await arrivalOf(running, before + accepted)),
  };
}

function bodyFor(streams: number): string {
  const each = BATCH_LINES_MAX / streams;
  const lines = Array.from({ length: BATCH_LINES_MAX }, (_, index) => ({
    aggregate: 'product',
    id: `p-${Math.floor(index / each) + 1}`,
    command: 'ReceiveStock',
    data: DATA,
  }));
  return batchBody(lines);
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
