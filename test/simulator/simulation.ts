/**
 * One simulation: clients of every kind work on a Worker whose world goes wrong as its seed says. Then it goes wrong no
 * more, and when nothing is left to do, everything has to be as it was promised. The code is what is deployed; only
 * the platform is simulated.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createReadModel } from '../../migrations/create-table.ts';
import { ledge } from '../../worker/ledge.ts';
import { idSource } from '../../worker/runtime/new-id.ts';
import { askAgain } from '../chaos/ask-again.ts';
import { Board } from '../chaos/board.ts';
import { ChaosClient } from '../chaos/client.ts';
import { Follower } from '../chaos/follower.ts';
import { fulfilmentLaw } from '../chaos/fulfilment-law.ts';
import { runLoad } from '../chaos/load.ts';
import { commandTo } from '../chaos/order-book.ts';
import { checkHistory } from '../checker/check-history.ts';
import { type Finding, findingsOf } from '../checker/finding.ts';
import { historyOf } from '../checker/history.ts';
import { readFinalState } from '../checker/read-final-state.ts';
import { Recorder } from '../checker/recorder.ts';
import { Reader } from '../e2e/crash/reader.ts';
import { members } from '../workers/support/members.ts';
import { AccessStorm } from './access-storm.ts';
import { secrets } from './administrator.ts';
import { Cloud, QUEUES_MAX } from './cloud.ts';
import { Fate } from './fate.ts';
import { ForgettingStorm } from './forgetting-storm.ts';
import { replaceGlobals } from './globals.ts';
import { IntegrationStorm } from './integration-storm.ts';
import { missedByLateSubscribers } from './late-subscribers.ts';
import { operate, tidyUp } from './operator.ts';
import { outageTrial } from './outage-trial.ts';
import { access, parcels } from './parcels.ts';
import type { World } from './process.ts';
import { reminderLaw } from './reminders.ts';
import { simulatedApp } from './simulated-app.ts';
import { steadyLoad } from './steady-load.ts';
import { Restless, Timeline } from './timeline.ts';
import { TwoDatabasesTrial } from './two-databases.ts';
import { WebhookReceiver } from './webhook-receiver.ts';

export interface Simulated {
  readonly seed: number;
  readonly findings: readonly Finding[];
  /** What has happened, a line each: the same seed gives the same. */
  readonly schedule: readonly string[];
  /** How often each fault has struck. */
  readonly struck: ReadonlyMap<string, number>;
  readonly commands: number;
}

/** How long the clients work: counted in the beginnings and ends of what they ask. */
const LINES_MAX = 400;

const unfinished = findingsOf('unfinished');

const SERVER = 'http://ledge.example';

const migrations = readMigrations();

/** `queues` stay as many; without it their number changes. */
export async function simulate(seed: number, queues?: number): Promise<Simulated> {
  const timeline = new Timeline();
  const fate = new Fate(seed, timeline);
  const world = { timeline, fate };
  const nowMs = () => timeline.wallMs;
  const newId = idSource(nowMs, () => bytes(fate));
  const log = (level: string, line: object) => timeline.note(`${level} ${JSON.stringify(line)}`);
  const deploy = () => ledge(simulatedApp, { nowMs, newId, log, access });
  const cloud = new Cloud(world, {
    deploy,
    migrations,
    secrets,
    queues: queues ?? 1 + (seed % QUEUES_MAX),
  });
  const receiver = new WebhookReceiver(world, () => cloud.killSubscriptions());
  replaceGlobals(world, cloud, receiver);

  const recorder = new Recorder(() => timeline.nowMs);
  const changesQueues = queues === undefined;
  const stage = { seed, world, cloud, recorder, receiver, changesQueues };
  const findings = await play(stage).catch((error: unknown) => {
    if (error instanceof Restless) return [unfinished('everything', error.message)];
    throw error;
  });
  const commands = historyOf(recorder.lines).command.length;
  return { seed, findings, commands, schedule: timeline.schedule, struck: fate.struck };
}

interface Stage {
  readonly seed: number;
  readonly world: World;
  readonly cloud: Cloud;
  readonly recorder: Recorder;
  readonly receiver: WebhookReceiver;
  readonly changesQueues: boolean;
}

/** The phase with faults, the phase without, and the findings after it. */
async function play(stage: Stage): Promise<Finding[]> {
  const { seed, world, cloud, recorder, receiver, changesQueues } = stage;
  const { timeline, fate } = world;
  const board = new Board();
  const url = () => SERVER;
  const isOver = () => recorder.lines.length > LINES_MAX;
  const follower = new Follower({ url: SERVER, WebSocket: cloud.WebSocket }, 'products');
  const storm = Promise.all([
    runLoad({ url, recorder, board, seed, webEvery: 2, isOver }),
    operate({ url: SERVER, world, cloud, isOver, changesQueues }),
    plan({ client: new ChaosClient('planner', url, recorder), world, isOver }),
  ]);
  await timeline.finish(storm);
  const accessStorm = new AccessStorm({ url: SERVER, world, cloud, recorder });
  await timeline.finish(accessStorm.rage());
  const forgettingStorm = new ForgettingStorm({ url: SERVER, world, cloud, recorder });
  await timeline.finish(forgettingStorm.rage());
  const others = { url: SERVER, world, cloud, recorder, receiver };
  const integrationStorm = new IntegrationStorm(others);
  await timeline.finish(integrationStorm.rage());

  fate.beKind();
  const settler = new ChaosClient('settler', url, recorder);
  const reader = new Reader(url);
  await timeline.finish(Promise.all([tidyUp(SERVER, timeline), pay(settler, board.webOrders)]));
  await timeline.runUntilQuiet();
  await timeline.finish(integrationStorm.settle());
  await timeline.finish(forgettingStorm.forgetWithinBuild());
  await timeline.runUntilQuiet();
  const misjudged = await timeline.finish(accessStorm.findings());
  const unreliable = await timeline.finish(integrationStorm.findings());
  const remembered = await timeline.finish(forgettingStorm.findings());
  await timeline.finish(askAgain(settler, historyOf(recorder.lines)));
  const missed = await missedByLateSubscribers({
    url: SERVER,
    cloud,
    timeline,
    client: settler,
    reader,
  });
  const unseen = await timeline.finish(outageTrial({ world, cloud, client: settler, reader }));
  await timeline.runUntilQuiet();
  const starved = await timeline.finish(steadyLoad({ world, cloud, client: settler, reader }));
  await timeline.runUntilQuiet();

  const history = historyOf(recorder.lines);
  const state = await timeline.finish(readFinalState(simulatedApp, reader, history));
  const wronglyShown = await timeline.finish(follower.findings(reader));
  const twoDatabases = new TwoDatabasesTrial({ url: SERVER, world, cloud });
  await timeline.finish(twoDatabases.run());
  await timeline.runUntilQuiet();
  const misplaced = await timeline.finish(twoDatabases.findings());
  return [
    ...checkHistory(simulatedApp, history, state, [fulfilmentLaw, reminderLaw]),
    ...misjudged,
    ...remembered,
    ...unreliable,
    ...missed,
    ...unseen,
    ...starved,
    ...wronglyShown,
    ...misplaced,
  ];
}

interface Planning {
  readonly client: ChaosClient;
  readonly world: World;
  readonly isOver: () => boolean;
}

/** Timers, several of which are due at one moment. */
async function plan({ client, world: { timeline, fate }, isOver }: Planning): Promise<void> {
  while (!isOver()) {
    await timeline.sleep(fate.random(400), 'the planner looks up');
    const afterMs = fate.random(3) === 0 ? 0 : fate.random(5_000);
    await client.command(commandTo(`reminder/r-${fate.random(3)}`, 'PlanReminders', { afterMs }));
  }
}

/** Every other one; the rest are left to the saga's timeout. */
async function pay(client: ChaosClient, orders: readonly string[]): Promise<void> {
  for (const [index, id] of orders.entries()) {
    if (index % 2 === 0) await client.command(commandTo(`payment/${id}`, 'CapturePayment', {}));
  }
}

function bytes({ random }: Fate): Uint8Array {
  return Uint8Array.from({ length: 16 }, () => random(256));
}

function readMigrations(): string[] {
  const folder = join(import.meta.dirname, '../shop/migrations');
  const files = readdirSync(folder).filter((file) => file.endsWith('.sql'));
  const ofShop = files.sort().map((file) => readFileSync(join(folder, file), 'utf8'));
  return [...ofShop, ...[parcels, members].flatMap(({ tables }) => tables.map(createReadModel))];
}
