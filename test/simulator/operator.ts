/** What happens beside the clients' work: operators build and pause, objects are put to sleep, clocks jump. */
import { app } from '../../domain/app.ts';
import { oneOf } from '../chaos/random.ts';
import type { Cloud } from './cloud.ts';
import type { Fate } from './fate.ts';
import type { World } from './process.ts';

export interface Operating {
  readonly url: string;
  readonly world: World;
  readonly cloud: Cloud;
  readonly isOver: () => boolean;
}

const BETWEEN_MS = 100;

const OPERATIONS = ['rebuild', 'rebuild', 'restart', 'cancel', 'pause', 'resume', 'verify'];

const projections = app.projections.map(({ name }) => name);

export async function meddle({ url, world, cloud, isOver }: Operating): Promise<void> {
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
    }
  }
}

function someOf({ random }: Fate, values: readonly string[]): string {
  return oneOf(random, values) ?? '';
}

/** What is left of meddling, and what the queue gave up on. */
export async function tidyUp(url: string): Promise<void> {
  for (const projection of projections) await ask(url, `projections/${projection}/resume`);
  await ask(url, 'redrive');
}

/** A refusal or a broken connection is an operator's daily bread. */
async function ask(url: string, path: string): Promise<void> {
  const asked = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' };
  await fetch(`${url}/v1/${path}`, asked).catch(() => undefined);
}
