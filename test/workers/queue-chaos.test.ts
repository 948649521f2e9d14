/**
 * Any history of the queue, the database, the deployments and the operator: once quiet, D1 is the fold of the logs.
 * First histories at random, then one history in which every single round trip to D1 fails once.
 */
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { cause, history, recover, slowDown, type Trouble } from './support/chaos-history.ts';
import {
  type Action,
  act,
  type Code,
  codes,
  commands,
  newWorld,
  quieten,
  type World,
} from './support/chaos-world.ts';
import { testApp } from './support/entry.ts';
import { expectAtHeads, expectFolded, expectJournalled, logsOf } from './support/expect-folded.ts';
import { rowsOf, useKeptQueue } from './support/harness.ts';
import { createWorks, works } from './support/works.ts';

useKeptQueue();
beforeAll(async () => {
  for (const version of [1, 2]) await createWorks(version);
});

test('A1 after any history everything equals the logs', async () => {
  await fc.assert(
    fc.asyncProperty(history, async ({ moments, ends }) => {
      const world = await newWorld();
      let newest: Code = 'buggy';
      let older: Code = 'buggy';
      for (const { actions, deploys, trouble, delays } of moments) {
        if (deploys) [newest, older] = [deploys, newest];
        const at = { newest: codes[newest], older: codes[older] };
        if (trouble) cause(trouble, delays);
        else slowDown(delays);
        await Promise.all(actions.map((one) => act(world, at[one.by], one)));
        world.queue.gather();
        recover();
      }
      await quieten(world, codes[ends]);
      await expectQuiet(world, ends);
    }),
    { numRuns: 30 },
  );
}, 120_000);

test.each(['before', 'after'] as const)(
  'A2 one trip to D1 fails, each in its turn, %s it has done its work: the end is the same',
  async (when) => {
    let trips = 0;
    while (await survives({ trip: trips + 1, when, lasts: false })) trips++;
    // A story that makes no trips tries nothing.
    expect(trips).toBeGreaterThan(50);
  },
  120_000,
);

const work = (id: number, ...notes: string[]): Action => ({
  do: 'send',
  commands: notes.map((note) => [`troublesome/${id}`, 'Work', { note }]),
});

/** One of each: an event that fails, a pause, a raised version that stops and is fixed, a rebuild. */
const story: readonly (readonly [Code, Action])[] = [
  [
    'buggy',
    { do: 'send', commands: commands.filter(([stream]) => /^(product|order).1/.test(stream)) },
  ],
  ['buggy', work(1, 'first', 'poison', 'b')],
  ['buggy', { do: 'drain' }],
  ['buggy', { do: 'pause' }],
  ['buggy', work(2, 'first', 'a')],
  ['buggy', { do: 'drain' }],
  ['buggy', { do: 'resume' }],
  ['buggy', { do: 'build all' }],
  ['buggy second', work(2, 'double')],
  ['buggy second', { do: 'drain' }],
  ['buggy second', { do: 'build all' }],
  ['second', { do: 'redrive' }],
  ['second', { do: 'build all' }],
  ['second', { do: 'rebuild' }],
  ['second', work(2, 'poison')],
  ['second', { do: 'drain' }],
  ['second', { do: 'build all' }],
  ['second', { do: 'ask', which: 0 }],
  ['second', { do: 'sweep' }],
];

/** False when the story has no such trip any more. */
async function survives(trouble: Trouble): Promise<boolean> {
  const world = await newWorld();
  const hasStruck = cause(trouble);
  for (const [code, action] of story) {
    const struckBefore = hasStruck();
    await act(world, codes[code], action);
    // The queue, the alarm or the operator for which it failed tries again.
    if (hasStruck() && !struckBefore && action.do !== 'send') await act(world, codes[code], action);
  }
  recover();
  await quieten(world, codes.second);
  await expectQuiet(world, 'second');
  return hasStruck();
}

/** The second version in the middle of its build; then the first one, held back by then, while the second serves. */
const begunAgain: readonly (readonly [Code, Action])[] = [
  ['buggy', work(1, 'first', 'a', 'poison', 'much')],
  ['buggy', { do: 'drain' }],
  ['second', { do: 'look' }],
  ['second', { do: 'build' }],
  ['second', { do: 'restart' }],
  ['second', { do: 'build all' }],
  ['buggy', work(2, 'first', 'poison', 'b')],
  ['buggy', { do: 'drain' }],
  ['buggy', { do: 'build all' }],
  ['mended', { do: 'restart' }],
  ['mended', { do: 'build all' }],
  ['mended', { do: 'redrive' }],
];

test('A3 a restarted read model has nothing of its earlier rows', async () => {
  const world = await newWorld();
  for (const [code, action] of begunAgain) await act(world, codes[code], action);
  await quieten(world, codes.second);
  await expectQuiet(world, 'second');
});

/** A generation that the last code no longer defines stays inactive. */
const inactive: Record<'second' | 'second alone', readonly string[]> = {
  second: [],
  'second alone': ['works@1'],
};

async function expectQuiet({ heads, queue }: World, ends: keyof typeof inactive): Promise<void> {
  const left = inactive[ends];
  const projections = [...testApp.projections, works(1, 'mended'), works(2, 'mended')].filter(
    ({ name, version }) => !left.includes(`${name}@${version}`),
  );
  const log = await logsOf([...heads.keys()]);
  const check = async () => {
    await expectJournalled(log);
    await expectAtHeads(log, left);
    await expectFolded(log, projections);
  };
  await check();
  const letters = await rowsOf<{ generation: string }>(
    "SELECT generation, stream, version, status FROM dead_letter WHERE status IN ('parked', 'redriving')",
  );
  expect(letters.filter(({ generation }) => !left.includes(generation))).toEqual([]);
  const { body } = await codes[ends].get('/v1/projections/works');
  expect(body).toMatchObject({ state: 'live', serving: 2, parked: 0, lag: { events: 0 } });
  // Every verification on the way found no difference.
  expect(JSON.stringify(body)).not.toMatch(/"only(Live|Recomputed)":[1-9]/);

  expect(await codes[ends].deliver(queue.sent)).toBe(0);
  await check();
}
