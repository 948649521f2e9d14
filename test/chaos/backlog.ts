/**
 * Many events that were accepted and not delivered: they were written while the queue had no consumer, and then the
 * process died, the queue with it. How long the read side takes to get them all by itself.
 */
import { Reader } from '../e2e/crash/reader.ts';
import type { Victim } from '../e2e/crash/victim.ts';
import type { ChaosClient } from './client.ts';
import { commandTo } from './order-book.ts';
import { arrived, patienceAfter } from './quiet.ts';

const STREAMS = 100;

/** From the start after which everything can be carried, until it has been. Takes the victim as it runs. */
export async function drainBacklog(
  victim: Victim,
  script: string,
  client: ChaosClient,
  events: number,
): Promise<number> {
  const streams = Array.from({ length: STREAMS }, (_, number) => `product/backlog-${number}`);
  const receivedEach = Math.ceil(events / STREAMS) - 1;
  const begunMs = performance.now();
  await victim.kill();
  await victim.start(script, [], true);
  const register = { name: 'Chai', priceCents: 1_800 };
  await client.batch(streams.map((stream) => commandTo(stream, 'RegisterProduct', register)));
  for (const stream of streams) {
    const receive = commandTo(stream, 'ReceiveStock', { quantity: 1 });
    await client.batch(Array.from({ length: receivedEach }, () => receive));
  }
  await victim.kill();
  await victim.start(script);
  const heads = new Map(streams.map((stream) => [stream, receivedEach + 1]));
  const reader = new Reader(() => victim.url);
  await expectNothing(reader);
  return arrived(reader, heads, patienceAfter(performance.now() - begunMs));
}

/** @throws Error when it is no backlog: something had arrived already */
async function expectNothing(reader: Reader): Promise<void> {
  const known = await reader.checkpoints('product');
  if (known.length > 0) throw new Error(`${known.length} streams had arrived before.`);
}
