/** How often a followed query runs, with a clock of its own. */
import { describe, expect, test } from 'vitest';
import type { Failure } from '../../core/aggregate/outcome.ts';
import type { LiveRow } from '../../core/live/live-difference.ts';
import {
  BETWEEN_RUNS_MS,
  Group,
  type GroupSubscription,
} from '../../durable-objects/live/group.ts';
import { Groups } from '../../durable-objects/live/groups.ts';
import { Reads } from '../../durable-objects/live/reads.ts';
import { SimulatedClock } from './support/simulated-clock.ts';

function world(answer: () => readonly LiveRow[] | Failure) {
  const clock = new SimulatedClock();
  const runsAtMs: number[] = [];
  const starts: boolean[] = [];
  const reads = new Reads<boolean>({
    nowMs: () => clock.nowMs,
    wait: clock.wait,
    readAll: async (wave) => {
      runsAtMs.push(clock.nowMs);
      starts.push(...wave);
      return wave.map(() => ({ rows: answer() }));
    },
  });
  const group = new Group({
    take: (subscribers, history, run) => reads.take(subscribers, history, run),
    newId: () => 'life',
    basePath: '',
    nowMs: () => clock.nowMs,
    wait: clock.wait,
    hasRoom: () => true,
    keep: () => undefined,
  });
  return { clock, runsAtMs, starts, group };
}

function follower(id: string): GroupSubscription & { readonly frames: string[] } {
  const frames: string[] = [];
  const send = (frame: string) => frames.push(frame);
  return { id, frames, subscriber: {}, send, end: send };
}

function rowOf(value: number): LiveRow[] {
  return [{ key: 'only', row: { value } }];
}

const unavailable: Failure = { outcome: 'unavailable', detail: 'Not now.', retryAfterSeconds: 1 };

describe('B5 a query that a thousand follow', () => {
  test('runs at once, and then at most ten times a second', async () => {
    let value = 0;
    const { clock, runsAtMs, group } = world(() => rowOf(value));
    const followers = Array.from({ length: 1_000 }, (_, index) => follower(`f-${index}`));
    for (const one of followers) group.join(one);
    await clock.passTo(5_000);
    expect(runsAtMs).toEqual([0]);
    runsAtMs.length = 0;
    for (let ms = 5_000; ms < 6_000; ms += 10) {
      await clock.passTo(ms);
      value++;
      group.mark();
    }
    await clock.passTo(6_500);
    expect(runsAtMs[0]).toBe(5_000);
    expect(runsAtMs).toHaveLength(11);
    const gaps = runsAtMs.slice(1).map((atMs, index) => atMs - (runsAtMs[index] ?? 0));
    expect(Math.min(...gaps)).toBe(BETWEEN_RUNS_MS);
    for (const { frames } of followers) {
      expect(frames).toHaveLength(1 + runsAtMs.length);
      expect(frames.at(-1)).toContain('"value":100');
    }
  });

  test('has no timer while nothing changes, and none without subscriptions', async () => {
    const { clock, runsAtMs, group } = world(() => rowOf(1));
    const one = follower('one');
    group.join(one);
    await clock.passTo(1_000);
    group.mark();
    await clock.passTo(2_000);
    expect(clock.isIdle).toBe(true);
    expect(one.frames).toHaveLength(1);
    group.leave(one);
    group.mark();
    await clock.passTo(3_000);
    expect(runsAtMs).toEqual([0, 1_000]);
    expect(clock.isIdle).toBe(true);
  });

  test('runs again when something changes while it runs', async () => {
    const { clock, runsAtMs, group } = world(() => {
      if (runsAtMs.length === 1) group.mark();
      return rowOf(runsAtMs.length);
    });
    const one = follower('one');
    group.join(one);
    await clock.passTo(1_000);
    expect(runsAtMs).toEqual([0, BETWEEN_RUNS_MS]);
    expect(one.frames.at(-1)).toContain('"value":2');
  });
});

describe('B25 a read needs the primary', () => {
  test('for a first result, a token and a repeat after a failure, and not for a change', async () => {
    const answers: (readonly LiveRow[] | Failure)[] = [rowOf(1), rowOf(2), unavailable, rowOf(3)];
    const { clock, starts, group } = world(() => answers.shift() ?? rowOf(4));
    const one = follower('one');
    group.join(one);
    const passOn = () => clock.passTo(clock.nowMs + 5_000);
    await passOn();
    for (const mark of [
      () => group.markChanged(),
      () => group.markChanged(),
      () => group.markChanged(),
      () => group.sayConsistent(one, 'token'),
    ]) {
      mark();
      await passOn();
    }
    expect(starts).toEqual([true, false, false, true, false, true]);
  });

  test('for what is marked while the primary is read', async () => {
    const { clock, starts, group } = world(() => {
      if (starts.length === 1) group.mark();
      return rowOf(starts.length);
    });
    group.join(follower('one'));
    await clock.passTo(5_000);
    expect(starts).toEqual([true, true]);
  });
});

describe('B12 a query that fails', () => {
  test('is retried with backoff, and each subscription is notified once', async () => {
    const answers: (readonly LiveRow[] | Failure)[] = [unavailable, unavailable, unavailable];
    const { clock, runsAtMs, group } = world(() => answers.shift() ?? rowOf(1));
    const one = follower('one');
    group.join(one);
    await clock.passTo(60_000);
    expect(runsAtMs).toEqual([0, 1_000, 3_000, 7_000]);
    expect(one.frames.map((frame) => JSON.parse(frame).type)).toEqual(['error', 'snapshot']);
  });

  test('notifies a new subscription, which waits for rows with the others', async () => {
    const answers: (readonly LiveRow[] | Failure)[] = [rowOf(1), unavailable];
    const { clock, group } = world(() => answers.shift() ?? rowOf(2));
    group.join(follower('one'));
    await clock.passTo(1_000);
    group.mark();
    await clock.passTo(1_500);
    const newcomer = follower('newcomer');
    group.join(newcomer);
    await clock.passTo(10_000);
    expect(newcomer.frames.map((frame) => JSON.parse(frame).type)).toEqual(['error', 'snapshot']);
    expect(newcomer.frames.at(-1)).toContain('"value":2');
  });

  test('after a result leaves it as it was: what follows is only what changed', async () => {
    const answers: (readonly LiveRow[] | Failure)[] = [
      rowOf(1),
      unavailable,
      rowOf(1),
      unavailable,
    ];
    const { clock, group } = world(() => answers.shift() ?? rowOf(2));
    const one = follower('one');
    group.join(one);
    for (const ms of [1_000, 10_000]) {
      await clock.passTo(ms);
      group.mark();
    }
    await clock.passTo(20_000);
    const types = one.frames.map((frame) => JSON.parse(frame).type);
    expect(types).toEqual(['snapshot', 'error', 'current', 'error', 'change']);
  });
});

test('Q14 a subscription stays while its result has too many rows, and continues once it has fewer', async () => {
  const answers: (readonly LiveRow[] | Failure)[] = [
    rowOf(1),
    { outcome: 'too-many-rows', limitRows: 1_000 },
  ];
  const { clock, group } = world(() => answers.shift() ?? rowOf(2));
  const one = follower('one');
  group.join(one);
  for (const ms of [1_000, 10_000]) {
    await clock.passTo(ms);
    group.mark();
  }
  await clock.passTo(20_000);
  expect(one.frames.map((frame) => JSON.parse(frame).type)).toEqual([
    'snapshot',
    'error',
    'change',
  ]);
});

describe('B3 the changes that are kept for reconnecting subscriptions', () => {
  test('are limited: a subscription that was away for longer gets a snapshot', async () => {
    let value = 0;
    const { clock, group } = world(() => rowOf(value));
    group.join(follower('witness'));
    await clock.passTo(1_000);
    for (value = 1; value <= 300; value++) {
      group.mark();
      await clock.passTo(1_000 + value * 1_000);
    }
    const back = (since: string) => {
      const one = { ...follower('back'), since };
      group.join(one);
      return one.frames.map((frame) => JSON.parse(frame).type);
    };
    expect(back('life.44').filter((type) => type === 'change')).toHaveLength(256);
    expect(back('life.43')).toEqual(['snapshot']);
    expect(back('life.300')).toEqual(['current']);
  });
});

describe('B2 groups without subscriptions', () => {
  test('are kept for a while, and never dropped between being found and being joined', () => {
    const groups = new Groups((wanted) => ({
      group: world(() => []).group,
      query: {
        projection: wanted.query,
        bringUpTo: () => Promise.resolve(undefined),
      },
    }));
    const left = (query: string) => {
      const one = follower(query);
      const followed = groups.find({ query, rows: 'all' });
      if ('outcome' in followed) throw new Error('There is room.');
      followed.group.join(one);
      groups.leave({ query, rows: 'all' }, one);
      return followed;
    };
    const oldest = left('oldest');
    for (let index = 0; index < 99; index++) left(`q-${index}`);
    expect(groups.find({ query: 'oldest', rows: 'all' })).toBe(oldest);
    left('one more');
    oldest.group.join(follower('back'));
    expect(groups.over('oldest')).toEqual([oldest.group]);
  });
});
