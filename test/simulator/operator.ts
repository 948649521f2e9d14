/** Events other than the clients' work: operators build, pause and change the queues, objects hibernate, clocks jump. */

import { oneOf } from '../chaos/random.ts';
import { app } from '../shop/app.ts';
import { type Cloud, QUEUES_MAX } from './cloud.ts';
import type { Fate } from './fate.ts';
import type { World } from './process.ts';
import type { Timeline } from './timeline.ts';

export interface Operating {
  readonly url: string;
  readonly world: World;
  readonly cloud: Cloud;
  readonly isOver: () => boolean;
  /** Deploys the Worker with another number of queues now and then. */
  readonly changesQueues: boolean;
}

const BETWEEN_MS = 100;

/** D1 may be full for a while yet. */
const TRY_LATER = 503;
const TRY_AGAIN_MS = 1_000;

const OPERATIONS = ['rebuild', 'rebuild', 'restart', 'cancel', 'pause', 'resume', 'verify'];

const projections = app.projections.map(({ name }) => name);

export async function operate({
  url,
  world,
  cloud,
  isOver,
  changesQueues,
}: Operating): Promise<void> {
  const { timeline, fate } = world;
  while (!isOver()) {
    await timeline.sleep(fate.random(2 * BETWEEN_MS), 'the operator looks up');
    switch (fate.random(8)) {
      case 0:
        cloud.putToSleep();
        break;
      case 1:
        timeline.moveClock(fate.random(60_000) - 10_000);
        break;
      case 2:
      case 3:
      case 4:
        await ask(url, `projections/${someOf(fate, projections)}/${someOf(fate, OPERATIONS)}`);
        break;
      case 5:
        if (changesQueues) cloud.bindQueues(1 + fate.random(QUEUES_MAX));
    }
  }
}

function someOf({ random }: Fate, values: readonly string[]): string {
  return oneOf(random, values) ?? '';
}

/** The remains of operators' actions, and the messages that the queue gave up on. */
export async function tidyUp(url: string, timeline: Timeline): Promise<void> {
  const paths = [...projections.map((projection) => `projections/${projection}/resume`), 'redrive'];
  for (const path of paths) {
    while ((await ask(url, path)) === TRY_LATER) await timeline.sleep(TRY_AGAIN_MS, 'the operator');
  }
}

/** The answer’s status. A refusal or a broken connection is an operator's daily bread. */
async function ask(url: string, path: string): Promise<number | undefined> {
  const asked = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' };
  const answer = await fetch(`${url}/v1/${path}`, asked).catch(() => undefined);
  return answer?.status;
}
