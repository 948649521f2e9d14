/**
 * Another system, which knows what the documentation says and nothing of Ledge's code: it sends bookings to an inbound, follows
 * the feed, receives webhooks and consumes in a group. It can be killed at any moment; what it knows is in its folder, a line
 * for each thing that it has done. Started by crash-integration.test.ts.
 *
 * `server` in the folder is the address of the deployment, `secret` that of the subscription; `bookings.ndjson` is what it sends.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';

// A test that was cut short must not leave it behind.
process.on('disconnect', () => process.exit(1));

const [folder = '', port = ''] = process.argv.slice(2);
const CONSUMERS = 3;
const PAUSE_MS = 100;

interface PublicEvent {
  readonly id: string;
  readonly subject: string;
  readonly position: string;
}

interface LeasedMessage {
  readonly receipt: string;
  readonly event: PublicEvent;
}

const file = (name: string) => join(folder, name);
const linesOf = (name: string): string[] =>
  existsSync(file(name)) ? readFileSync(file(name), 'utf8').split('\n').filter(Boolean) : [];
/** One write: a process that is killed leaves a line or none. */
const note = (name: string, line: object) =>
  appendFileSync(file(name), `${JSON.stringify(line)}\n`);

/** Undefined where the server is away or asks to come again. */
async function ask(path: string, body?: object): Promise<unknown> {
  try {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' } };
    const response = await fetch(`${readFileSync(file('server'), 'utf8')}/v1/${path}`, {
      ...(body && { ...init, body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(5_000),
    });
    const answer: unknown = await response.json();
    return response.ok ? answer : undefined;
  } catch {
    return undefined;
  }
}

/** One account after another would take long, and one sender for each keeps their order. */
async function send(bookings: readonly object[]): Promise<void> {
  for (const booking of bookings) {
    while (!(await ask('inbound/bookings', booking))) await sleep(PAUSE_MS);
    note('accepted.ndjson', booking);
  }
}

async function follow(): Promise<never> {
  for (;;) {
    const last = linesOf('feed.ndjson').at(-1);
    const after = last === undefined ? '' : `&after=${JSON.parse(last).position}`;
    const events = (await ask(`publications/payments?limit=50&wait=1${after}`)) as PublicEvent[];
    if (!events) await sleep(PAUSE_MS);
    // Position and event are stored together.
    for (const { id, subject, position } of events ?? [])
      note('feed.ndjson', { id, subject, position });
  }
}

async function consume(): Promise<never> {
  for (;;) {
    const request = { max: 5, leaseSeconds: 5, wait: 1 };
    const received = (await ask('groups/billing/receive', request)) as {
      messages: LeasedMessage[];
    };
    if (!received) await sleep(PAUSE_MS);
    for (const { receipt, event } of received?.messages ?? []) {
      note('consumed.ndjson', { id: event.id, subject: event.subject, body: '' });
      await ask('groups/billing/ack', { receipts: [receipt] });
    }
  }
}

createServer(async (request, response) => {
  const body = await text(request);
  const { headers } = request;
  try {
    new Webhook(readFileSync(file('secret'), 'utf8')).verify(body, Object(headers));
    const { id, subject } = JSON.parse(body);
    note('hooks.ndjson', { id, subject, body });
    response.writeHead(204).end();
  } catch {
    response.writeHead(400).end();
  }
}).listen(Number(port), '127.0.0.1');

const accepted = new Set(linesOf('accepted.ndjson'));
const open = linesOf('bookings.ndjson').filter((line) => !accepted.has(line));
const parsed: { readonly account: string }[] = open.map((line) => JSON.parse(line));
for (const own of Map.groupBy(parsed, ({ account }) => account).values()) void send(own);
void follow();
for (let consumer = 0; consumer < CONSUMERS; consumer++) void consume();
process.send?.('ready');
