/**
 * A small world in which anything may happen to the projections: streams of all kinds, an unruly queue, deployments
 * that come and go, an operator. What can happen is in `actions`; `quieten` is what must be enough for all to be well.
 */
import { runDurableObjectAlarm } from 'cloudflare:test';
import { expect } from 'vitest';
import { OVERDUE_AFTER_MS } from '../../../durable-objects/aggregate/confirm-relay.ts';
import { deployment } from './deployment.ts';
import { faults } from './faults.ts';
import { env, objectOf, rowsOf, send } from './harness.ts';
import { UnrulyQueue } from './unruly-queue.ts';
import { appWith, works } from './works.ts';

const mendedFirst = works(1, 'mended');

/** The deployments that may run, each fixing, breaking, raising or removing the projection `works`. */
export const codes = {
  buggy: deployment(appWith(works(1))),
  mended: deployment(appWith(mendedFirst)),
  without: deployment(appWith()),
  'buggy second': deployment(appWith(works(2, 'buggy', mendedFirst))),
  second: deployment(appWith(works(2, 'mended', mendedFirst))),
  'second alone': deployment(appWith(works(2, 'mended'))),
};

export type Code = keyof typeof codes;
type Deployment = (typeof codes)[Code];

export interface World {
  /** Comes first in the ids of all streams. */
  readonly name: string;
  readonly queue: UnrulyQueue;
  /** Streams with a command, with the last answered version. */
  readonly heads: Map<string, number>;
}

let worlds = 0;

/** With empty tables, on which the first code has settled. */
export async function newWorld(): Promise<World> {
  await emptyTables();
  await codes.buggy.get('/v1/projections');
  const name = `w${++worlds}-`;
  const queue = new UnrulyQueue((message) => message.includes(`/${name}`));
  return { name, queue, heads: new Map() };
}

async function emptyTables(): Promise<void> {
  const tables = await rowsOf<{ name: string }>(
    `SELECT name FROM sqlite_master WHERE type = 'table'
     AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '_cf_*' AND name NOT GLOB 'd1_*'
     AND name <> 'storage_format'`,
  );
  const clear = ({ name }: { name: string }) =>
    /_(rebuild|verify)$/.test(name) ? `DROP TABLE ${name}` : `DELETE FROM ${name}`;
  await env.DB.batch(tables.map((table) => env.DB.prepare(clear(table))));
}

/** A command to one of the world's streams. Most are to streams whose projection may fail. */
type WorldCommand = readonly [stream: `${string}/${string}`, command: string, data: object];

const line = { product: 'chai', quantity: 2, unitCents: 1_000, discountBp: 500 };
const cart = { customer: 'ALFKI', country: 'Germany', lines: [line] };

/** `much`: more events than the last page of a build may have. */
const notes = ['a', 'b', 'poison', 'double', 'much'] as const;

export const commands: readonly WorldCommand[] = [
  ...['1', '2'].flatMap((id): WorldCommand[] => [
    [`product/${id}`, 'RegisterProduct', { name: id, priceCents: 100 }],
    [`product/${id}`, 'ReceiveStock', { quantity: 3 }],
    [`product/${id}`, 'ReserveStock', { order: 'o', quantity: 1 }],
    [`order/${id}`, 'PlaceOrder', cart],
    [`order/${id}`, 'ConfirmOrder', {}],
    [`order/${id}`, 'CancelOrder', { reason: 'changed my mind' }],
  ]),
  ...['1', '2', '3', '4'].flatMap((id) =>
    notes.map((note): WorldCommand => [`troublesome/${id}`, 'Work', { note }]),
  ),
];

/** A stream of this world alone. */
function ownStream({ name }: World, [stream]: WorldCommand): `${string}/${string}` {
  const [aggregate, id] = stream.split('/');
  return `${aggregate}/${name}${id}`;
}

export type Action =
  | { readonly do: 'send'; readonly commands: readonly WorldCommand[] }
  | { readonly do: 'deliver'; readonly picks: readonly number[]; readonly forgetsAcks: boolean }
  | { readonly do: 'lose'; readonly picks: readonly number[] }
  | { readonly do: 'ask'; readonly which: number }
  | { readonly do: 'drain' | 'bury' | 'build' | 'build all' | 'look' }
  | { readonly do: keyof typeof operations };

/** Runs the action with this deployment. Failures are ignored: the caller retries, or not. */
export async function act(world: World, code: Deployment, action: Action): Promise<void> {
  switch (action.do) {
    case 'send':
      for (const command of action.commands) await sendCommand(world, command);
      return;
    case 'deliver':
      return world.queue.deliver(code, action);
    case 'lose':
      return world.queue.lose(action.picks);
    case 'drain':
      world.queue.gather();
      return world.queue.drain(code);
    case 'bury':
      return world.queue.bury(code);
    case 'ask':
      return ask(world, code, action.which);
    case 'build':
      // As its object does: an exception is retried.
      await code.build('works').catch(() => undefined);
      return;
    case 'build all':
      await code.buildAll('works').catch(() => undefined);
      return;
    case 'look':
      await code.get('/v1/projections/works');
      return;
    default:
      return operate(code, action.do);
  }
}

/** Where an operator asks for it. */
const operations = {
  sweep: ['/v1/sweep'],
  redrive: ['/v1/redrive'],
  'roll back': ['/v1/projections/works/rollback', { version: 1 }],
  'serve the second': ['/v1/projections/works/rollback', { version: 2 }],
  pause: ['/v1/projections/works/pause'],
  resume: ['/v1/projections/works/resume'],
  rebuild: ['/v1/projections/works/rebuild'],
  restart: ['/v1/projections/works/restart'],
  cancel: ['/v1/projections/works/cancel'],
  verify: ['/v1/projections/works/verify'],
} as const;

/** It may be refused in this state, or D1 may fail. An invalid request would test nothing here. */
async function operate(code: Deployment, operation: keyof typeof operations): Promise<void> {
  const [path, body = {}] = operations[operation];
  const answer = await code.post(path, body);
  expect(answer).toMatchObject({
    status: expect.toSatisfy((status) => [200, 409].includes(status) || status >= 500),
  });
}

async function sendCommand(world: World, command: WorldCommand): Promise<void> {
  const [, name, data] = command;
  const stream = ownStream(world, command);
  const isFirst = !world.heads.has(stream);
  const answer = await ('note' in data && data.note === 'much'
    ? send(stream, 'WorkMuch', { events: 600, noteLength: 1 })
    : send(stream, name, 'note' in data && isFirst ? { note: 'first' } : data));
  if (answer.status === 200) world.heads.set(stream, Number(answer.body.version));
}

/** With a token: the result must include that version, or the response must be a problem. */
async function ask({ heads }: World, code: Deployment, which: number): Promise<void> {
  const asked = [...heads].filter(([stream]) => stream.startsWith('troublesome/'));
  const [stream, version] = asked[which % asked.length] ?? [];
  if (stream === undefined || code === codes.without) return;
  const id = stream.split('/')[1];
  const token = { 'consistent-with': `${stream}@${version}` };
  const { status, body } = await code.get(`/v1/queries/works/${id}`, token);
  if (status === 200) expect(body.notes).toBeGreaterThanOrEqual(Number(version));
  else expect({ status, body }).toMatchObject({ status: expect.toSatisfy(saysThatItHasNot) });
}

function saysThatItHasNot(status: number): boolean {
  return status === 409 || status >= 500;
}

/**
 * What the platform and the operator do in the end, and once: the alarms fire, the queue delivers what it still has,
 * everything that was halted or parked is let go, the builds run, the cron comes by.
 */
export async function quieten({ queue, heads }: World, code: Deployment): Promise<void> {
  faults.clockSkewMs = OVERDUE_AFTER_MS + 1;
  for (const stream of heads.keys()) await runDurableObjectAlarm(objectOf(stream));
  faults.clockSkewMs = 0;
  queue.gather();
  await queue.drain(code);
  await operate(code, 'resume');
  await code.buildAll('works');
  await operate(code, 'redrive');
  await code.buildAll('works');
  await operate(code, 'sweep');
  // An older deployment may have rebuilt its own version and pointed the queries to it, or have been doing so when it
  // ended.
  await operate(code, 'serve the second');
  await operate(code, 'cancel');
}
