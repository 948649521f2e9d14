/**
 * How long it takes from sending a command until a webhook has its event, one at a time: often before the answer. The target is
 * in this process, on loopback.
 */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Contender, type Figures, percentile } from '../figures.ts';
import { post } from '../requests.ts';
import { LAG_SAMPLES } from '../settings.ts';
import type { Side } from '../sides.ts';
import type { Running } from '../start-side.ts';

/** The first deliveries compile the code. */
const WARM_UP_SAMPLES = 5;

/** Each sample begins when nothing of the one before is under way. */
const BETWEEN_MS = 50;

const WITHIN_MS = 15_000;

/** `subscribes`: it is asked to; another side finds the target in each request. */
export function webhookDelivery(side: Side, subscribes: boolean): Contender {
  return { side, measure: (running) => measure(running, subscribes) };
}

async function measure({ url }: Running, subscribes: boolean): Promise<Figures> {
  const target = new Target();
  const address = await target.open();
  if (subscribes) {
    const subscription = { publication: 'marks', target: { url: address } };
    await post(`${url}/v1/subscriptions`, 'application/json', JSON.stringify(subscription));
  }
  const timesMs: number[] = [];
  let failed = 0;
  for (let sample = 1; sample <= WARM_UP_SAMPLES + LAG_SAMPLES; sample++) {
    const note = `n-${sample}`;
    const received = target.received(note);
    const startMs = performance.now();
    await marked(url, sample, JSON.stringify({ note }), address);
    const receivedMs = await Promise.race([received, sleep(WITHIN_MS)]);
    if (receivedMs === undefined) failed++;
    timesMs.push((receivedMs ?? performance.now()) - startMs);
    await sleep(BETWEEN_MS);
  }
  target.close();
  const timed = timesMs.slice(WARM_UP_SAMPLES);
  const p50Ms = percentile(timed, 50);
  return { value: p50Ms, p50Ms, p99Ms: percentile(timed, 99), failed, behind: 0, missing: 0 };
}

async function marked(url: string, sample: number, body: string, target: string): Promise<void> {
  const headers = { 'content-type': 'application/json', 'x-target': target };
  const path = `${url}/v1/commands/marker/m-${sample}/Mark`;
  const response = await fetch(path, { method: 'POST', headers, body });
  await response.text();
  if (!response.ok) throw new Error(`${path} answered ${response.status}.`);
}

/** Answers 204, and knows when it has got what. */
class Target {
  readonly #waiting = new Map<string, (atMs: number) => void>();
  readonly #server: Server = createServer((request, response) => {
    const atMs = performance.now();
    response.writeHead(204).end();
    void text(request).then((body) => {
      const note = /"note":"([^"]*)"/.exec(body)?.[1] ?? '';
      this.#waiting.get(note)?.(atMs);
    });
  });

  async open(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    // Of a server that listens on a port.
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}/`;
  }

  received(note: string): Promise<number> {
    return new Promise((resolve) => this.#waiting.set(note, resolve));
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
