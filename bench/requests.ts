/** Requests that this process sends itself: to prepare a side, and where wrk cannot send the required requests. */
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { CONNECTIONS } from './settings.ts';

/** What the batch endpoint takes at once. */
export const BATCH_LINES_MAX = 10_000;

/** An event's data of 100 bytes. */
export const ENTRY = JSON.stringify({ account: '4400', cents: 1999, text: 'x'.repeat(62) });

/** The same with an account to be filled in. */
export const ENTRY_OF_ACCOUNT = ENTRY.replace('4400', '{account}');

/** @throws when the answer is not 2xx: nothing that is prepared or timed here may fail */
export async function post(
  url: string,
  contentType: string,
  body: string,
  authorization = '',
): Promise<string> {
  const headers = {
    'content-type': contentType,
    'idempotency-key': randomUUID(),
    ...(authorization && { authorization }),
  };
  const response = await fetch(url, { method: 'POST', headers, body });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text.slice(0, 500)}`);
  return text;
}

export async function registerProducts(
  url: string,
  products: number,
  authorization = '',
  made = 0,
): Promise<void> {
  await sendEach(products, (index) => registerProduct(url, `p-${made + index + 1}`, authorization));
}

/** As many requests as asked for, as many at a time as there are connections. */
export async function sendEach(
  count: number,
  send: (index: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const client = async () => {
    while (next < count) await send(next++);
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, client));
}

async function registerProduct(url: string, id: string, authorization: string): Promise<void> {
  const path = `/v1/commands/product/${id}/RegisterProduct`;
  const data = { name: `Product ${id}`, priceCents: 1999 };
  await post(`${url}${path}`, 'application/json', JSON.stringify(data), authorization);
}

/** One command of a batch; `data` is JSON. */
export interface Line {
  readonly aggregate: string;
  readonly id: string;
  readonly command: string;
  readonly data: string;
}

/** The lines of a batch, each with a key of its own unless it shall have none. */
export function batchBody(lines: readonly Line[], keyed = true): string {
  const texts = lines.map(({ aggregate, id, command, data }) => {
    const key = keyed ? `,"idempotencyKey":"${randomUUID()}"` : '';
    return `{"aggregate":"${aggregate}","id":"${id}","command":"${command}","data":${data}${key}}`;
  });
  return texts.join('\n');
}

export const postBatch = (url: string, body: string) =>
  post(`${url}/v1/commands`, 'application/x-ndjson', body);

/** How many of a batch's commands the product accepted, by its lines. */
export const acceptedByLines = (answer: string) =>
  answer.split('\n').filter((line) => line.includes('"outcome":"accepted"')).length;

const total = z.object({ accepted: z.number() });

/** The same by the bare platform's word. */
export const acceptedInTotal = (answer: string) => total.parse(JSON.parse(answer)).accepted;
