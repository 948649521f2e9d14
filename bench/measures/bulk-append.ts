/** How fast many events come in: in requests of 10,000, one at a time. */
import { arrivalOf } from '../arrival.ts';
import { type Contender, type Figures, percentile } from '../figures.ts';
import { BATCH_LINES_MAX, batchBody, post, postBatch, registerProducts } from '../requests.ts';
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
      const answers = await inTurn(bodies, (body) => postBatch(running.url, body));
      const events = answers.map(({ value }) => accepted(value));
      return figuresOf(running, answers, streams, sum(events));
    },
  };
}

/** Straight into one bare object's table, a transaction a request. */
export function bulkFill(side: Side): Contender {
  return {
    side,
    measure: async (running) => {
      const url = `${running.url}/fill/product/p-1/ReceiveStock/${BATCH_LINES_MAX}`;
      const bodies = new Array(BULK_REQUESTS).fill(DATA);
      const answers = await inTurn(bodies, (body) => post(url, 'application/json', body));
      return figuresOf(running, answers, 0, BULK_REQUESTS * BATCH_LINES_MAX);
    },
  };
}

interface Timed<Value> {
  readonly value: Value;
  readonly ms: number;
}

async function inTurn<Value>(
  bodies: readonly string[],
  send: (body: string) => Promise<Value>,
): Promise<Timed<Value>[]> {
  const results: Timed<Value>[] = [];
  for (const body of bodies) {
    const startMs = performance.now();
    const value = await send(body);
    results.push({ value, ms: performance.now() - startMs });
  }
  return results;
}

async function figuresOf(
  running: Running,
  answers: readonly Timed<unknown>[],
  before: number,
  accepted: number,
): Promise<Figures> {
  const timesMs = answers.map(({ ms }) => ms);
  return {
    value: accepted / (sum(timesMs) / 1000),
    p50Ms: percentile(timesMs, 50),
    p99Ms: percentile(timesMs, 99),
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
