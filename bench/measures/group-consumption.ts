/** Eight consumers that take all messages of a group over HTTP, a hundred at a time, and acknowledge them. */
import * as z from 'zod';
import { arrivalOf } from '../arrival.ts';
import type { Contender, Figures } from '../figures.ts';
import { batchBody, post, postBatch } from '../requests.ts';
import type { Side } from '../sides.ts';
import type { Running } from '../start-side.ts';

const CONSUMERS = 8;
const MESSAGES = 10_000;
const STREAMS = 1_000;

/** One message, of some 50 bytes of data. */
const NOTE = 'x'.repeat(40);

/** What is not taken by then has failed. */
const WITHIN_MS = 60_000;

export function groupConsumption(side: Side, fill: (running: Running) => Promise<void>): Contender {
  return { side, measure: (running) => measure(running, fill) };
}

/** By commands, whose events are published. */
export async function fillByPublishing(running: Running): Promise<void> {
  const lines = Array.from({ length: MESSAGES }, (_, index) => ({
    ...{ aggregate: 'marker', id: `m-${index % STREAMS}`, command: 'Mark' },
    data: JSON.stringify({ note: NOTE }),
  }));
  await postBatch(running.url, batchBody(lines, false));
  const { missing } = await arrivalOf(running, MESSAGES);
  if (missing > 0) throw new Error(`${missing} events were not published.`);
  const group = { name: 'bench', publication: 'marks', from: 'beginning' };
  await postJson(`${running.url}/v1/groups`, group);
}

/** Rows that the object makes itself, as long as the messages of the product. */
export async function fillRows({ url }: Running): Promise<void> {
  await postJson(`${url}/v1/groups/bench/fill?data=${'x'.repeat(500)}`, { max: MESSAGES });
}

const received = z.object({ messages: z.array(z.object({ receipt: z.string() })) });
const settled = z.object({ results: z.array(z.object({ result: z.string() })) });

async function measure(
  running: Running,
  fill: (running: Running) => Promise<void>,
): Promise<Figures> {
  await fill(running);
  const work: Work = { left: MESSAGES, untilMs: performance.now() + WITHIN_MS };
  const startMs = performance.now();
  await Promise.all(Array.from({ length: CONSUMERS }, () => consume(running.url, work)));
  const seconds = (performance.now() - startMs) / 1_000;
  const taken = MESSAGES - work.left;
  return { value: taken / seconds, failed: Math.abs(work.left), behind: 0, missing: 0 };
}

/** Shared by all consumers: each stops when no message is left. */
interface Work {
  left: number;
  readonly untilMs: number;
}

async function consume(url: string, work: Work): Promise<void> {
  const group = `${url}/v1/groups/bench`;
  while (work.left > 0 && performance.now() < work.untilMs) {
    const asked = { max: 100, leaseSeconds: 30, wait: 0 };
    const { messages } = received.parse(await postJson(`${group}/receive`, asked));
    if (messages.length === 0) continue;
    const receipts = messages.map(({ receipt }) => receipt);
    const { results } = settled.parse(await postJson(`${group}/ack`, { receipts }));
    work.left -= results.filter(({ result }) => result === 'acknowledged').length;
  }
}

async function postJson(url: string, body: object): Promise<unknown> {
  return JSON.parse(await post(url, 'application/json', JSON.stringify(body)));
}
