/** How long it takes from sending a command until everybody who follows the row has it: often before the answer. */
import { setTimeout as sleep } from 'node:timers/promises';
import { arrivalOf } from '../arrival.ts';
import { type Contender, type Figures, percentile } from '../figures.ts';
import { post, registerProducts, sendEach } from '../requests.ts';
import { LAG_SAMPLES } from '../settings.ts';
import type { Side } from '../sides.ts';
import type { Running } from '../start-side.ts';

/** The product sends a followed row at once, then for so long not again: each sample begins after that. */
const BETWEEN_MS = 150;

const WITHIN_MS = 15_000;

const SUBSCRIBE = '{"type":"subscribe","id":"s","query":"products","key":["p-1"]}';

export function fanOut(side: Side, sockets: number): Contender {
  return { side, measure: (running) => measure(running, sockets) };
}

async function measure(running: Running, count: number): Promise<Figures> {
  await registerProducts(running.url, 1);
  await arrivalOf(running, 1);
  const crowd = new Crowd();
  await sendEach(count, () => crowd.admit(`${running.url.replace(/^http/, 'ws')}/v1/live`));
  const timesMs: number[] = [];
  let failed = 0;
  for (let sample = 1; sample <= LAG_SAMPLES; sample++) {
    await sleep(BETWEEN_MS);
    const received = crowd.received(count);
    const url = `${running.url}/v1/commands/product/p-1/ReceiveStock`;
    const startMs = performance.now();
    await post(url, 'application/json', '{"quantity":3}');
    const isReceived = await Promise.race([received, sleep(WITHIN_MS, false)]);
    if (!isReceived) failed++;
    timesMs.push(performance.now() - startMs);
  }
  crowd.leave();
  const p50Ms = percentile(timesMs, 50);
  const arrival = await arrivalOf(running, LAG_SAMPLES + 1);
  return { value: p50Ms, p50Ms, p99Ms: percentile(timesMs, 99), failed, ...arrival };
}

/** Many sockets that follow the same row. */
class Crowd {
  readonly #sockets: WebSocket[] = [];
  #left = 0;
  #done: (isReceived: true) => void = () => undefined;

  /** Resolves when the socket has been sent the row as it is. */
  admit(url: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(url);
      this.#sockets.push(socket);
      socket.addEventListener('open', () => socket.send(SUBSCRIBE));
      socket.addEventListener('error', () => reject(new Error(`${url} takes no socket.`)));
      socket.addEventListener('message', ({ data }) => {
        if (String(data).startsWith('{"type":"snapshot"')) resolve();
        else if (String(data).startsWith('{"type":"change"')) this.#receive();
      });
    });
  }

  #receive(): void {
    this.#left--;
    if (this.#left === 0) this.#done(true);
  }

  /** Resolves when each of them was sent a change. */
  received(count: number): Promise<true> {
    this.#left = count;
    return new Promise((resolve) => {
      this.#done = resolve;
    });
  }

  leave(): void {
    for (const socket of this.#sockets) socket.close();
  }
}
