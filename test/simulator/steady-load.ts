/**
 * After the storm the worst load for a build: while each of its pages is on the way to D1, the journal grows by an
 * event. The law: the build still completes within half a minute.
 */
import type { ChaosClient } from '../chaos/client.ts';
import { commandTo } from '../chaos/order-book.ts';
import { type Finding, findingsOf } from '../checker/finding.ts';
import type { Reader } from '../e2e/crash/reader.ts';
import type { Cloud } from './cloud.ts';
import type { World } from './process.ts';

export interface SteadyLoad {
  readonly world: World;
  readonly cloud: Cloud;
  readonly client: ChaosClient;
  readonly reader: Reader;
}

const PROJECTION = 'products';
const ID = 'under-load';
const STREAM = `product/${ID}`;

/** Events that the build has to read: some pages. */
const EVENTS_BEHIND = 6;

/** With the door some three seconds. It may close several times: it stays open at least as long as it was closed. */
const TAKES_OVER_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 1_000;

const unfinished = findingsOf('unfinished');

export async function steadyLoad(trial: SteadyLoad): Promise<Finding[]> {
  const { cloud, reader, client } = trial;
  const write = await writerOf(client);
  await reader.post(`/v1/projections/${PROJECTION}/pause`);
  for (let event = 0; event < EVENTS_BEHIND; event++) await write();
  cloud.beforeBuildPage = write;
  await reader.post(`/v1/projections/${PROJECTION}/resume`);
  const state = await stateUntilLive(trial);
  cloud.beforeBuildPage = undefined;
  if (state === 'live') return [];
  const detail = `Under load it is ${state}, ${TAKES_OVER_WITHIN_MS / 1_000} s after it was resumed.`;
  return [unfinished(PROJECTION, detail)];
}

/** Each call has one event; the token brings it into the journal, unless the door of a build is closed. */
async function writerOf(client: ChaosClient): Promise<() => Promise<void>> {
  await client.command(commandTo(STREAM, 'RegisterProduct', { name: 'Chai', priceCents: 1_800 }));
  return async () => {
    const answer = await client.command(commandTo(STREAM, 'ReceiveStock', { quantity: 1 }));
    if (answer) await client.row(PROJECTION, ID, [`${STREAM}@${answer.version}`]);
  };
}

async function stateUntilLive({ world, reader }: SteadyLoad): Promise<string> {
  const endMs = world.timeline.nowMs + TAKES_OVER_WITHIN_MS;
  for (;;) {
    await world.timeline.sleep(LOOK_EVERY_MS, 'the operator looks at the build');
    const { state } = await reader.get<{ state: string }>(`/v1/projections/${PROJECTION}`);
    if (state === 'live' || world.timeline.nowMs > endMs) return state;
  }
}
