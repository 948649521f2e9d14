/**
 * Subscriptions that begin at the same time as the last change of a read model for long. If one of the two misses the
 * other, no later change repairs that, and the page stays wrong.
 */
import type { ChaosClient } from '../chaos/client.ts';
import { Follower } from '../chaos/follower.ts';
import { commandTo } from '../chaos/order-book.ts';
import type { Finding } from '../checker/finding.ts';
import type { Reader } from '../e2e/crash/reader.ts';
import type { Cloud } from './cloud.ts';
import type { Timeline } from './timeline.ts';

const LATE_SUBSCRIBERS = 3;

export interface Calm {
  readonly url: string;
  readonly cloud: Cloud;
  readonly timeline: Timeline;
  readonly client: ChaosClient;
  readonly reader: Reader;
}

export async function missedByLateSubscribers(calm: Calm): Promise<Finding[]> {
  const missed: Finding[] = [];
  for (let number = 1; number <= LATE_SUBSCRIBERS; number++) {
    missed.push(...(await missedBy(calm, number)));
  }
  return missed;
}

async function missedBy({ url, cloud, timeline, client, reader }: Calm, number: number) {
  // No client follows orders when this one changes, so that the next subscriber is the first.
  await timeline.finish(client.command(order(`early-${number}`)));
  await timeline.runUntilQuiet();
  const follower = new Follower({ url, WebSocket: cloud.WebSocket }, 'orders');
  await timeline.finish(client.command(order(`late-${number}`)));
  await timeline.runUntilQuiet();
  const findings = await timeline.finish(follower.findings(reader));
  follower.close();
  return findings;
}

function order(id: string) {
  const line = { product: 'p-0', quantity: 1, unitCents: 1_800, discountBp: 0 };
  const data = { customer: 'ANATR', country: 'Germany', channel: 'phone', lines: [line] };
  return commandTo(`order/${id}`, 'PlaceOrder', data);
}
