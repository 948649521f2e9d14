/** The scheduling of reads, and the limit on all results together, with a simulated clock. */
import { describe, expect, test } from 'vitest';
import type { Failure } from '../../core/aggregate/outcome.ts';
import type { LiveRow } from '../../core/live/live-difference.ts';
import { Group, type GroupSubscription } from '../../durable-objects/live/group.ts';
import { Groups } from '../../durable-objects/live/groups.ts';
import type { SubscribedQuery } from '../../durable-objects/live/ports.ts';
import { Reads } from '../../durable-objects/live/reads.ts';
import { SimulatedClock } from './support/simulated-clock.ts';

const READ_MS = 30;
const HANGS_MS = 10_000;

const unavailable: Failure = { outcome: 'unavailable', detail: 'Not now.', retryAfterSeconds: 1 };

interface ReadDone {
  readonly name: string;
  readonly atMs: number;
}

interface World {
  readonly rowsOf?: (name: string) => readonly LiveRow[];
  readonly readMs?: (name: string) => number;
}

/** Queries whose reads take a while, as they do over D1. */
function world({ rowsOf = () => [], readMs = () => READ_MS }: World = {}) {
  const clock = new SimulatedClock();
  const { wait } = clock;
  const nowMs = () => clock.nowMs;
  const reads: ReadDone[] = [];
  let waves = 0;
  /** D1 has one thread. One query that hangs fails its wave. */
  const readAll = async (wave: readonly string[]) => {
    waves++;
    const hangs = wave.includes('hangs');
    const ms = wave.map(readMs);
    await wait(hangs ? HANGS_MS : ms.reduce((sum, one) => sum + one, 0));
    if (hangs) return wave.map(() => ({ rows: unavailable }));
    reads.push(...wave.map((name) => ({ name, atMs: clock.nowMs })));
    return wave.map((name, index) => ({ rows: rowsOf(name), d1Ms: ms[index] ?? 0 }));
  };
  const lanes = new Reads({ nowMs, wait, readAll });
  const failed: unknown[] = [];
  const groups: Groups = new Groups((wanted) => {
    const name = wanted.query;
    const hasRoom = (bytes: number) => groups.hasRoom(bytes);
    const group = new Group({
      ...{ hasRoom, nowMs, wait },
      take: (subscribers, history, run) =>
        lanes.take(subscribers, history, (join) => run(() => join(name))),
      newId: () => 'life',
      basePath: '',
      keep: (run) => void run.catch((error: unknown) => failed.push(error)),
    });
    const query = {
      projection: 'rows',
      bringUpTo: () => Promise.resolve(undefined),
    };
    return { group, query };
  });
  const follow = (subscriber: object, query: SubscribedQuery) => {
    const wanted = { ...query, rows: 'all' } as const;
    const followed = groups.find(wanted);
    if ('outcome' in followed) throw new Error('There is room.');
    const one = follower(subscriber);
    followed.group.join(one);
    return { ...one, leave: () => groups.leave(wanted, one) };
  };
  const change = () => {
    reads.length = 0;
    waves = 0;
    for (const group of groups.over('rows')) group.mark();
  };
  return { clock, reads, groups, follow, change, failed, waves: () => waves };
}

function follower(subscriber: object) {
  const frames: string[] = [];
  const send = (frame: string) => frames.push(frame);
  const one: GroupSubscription = { id: 'f', subscriber, send, end: send };
  return {
    ...one,
    types: () => frames.map((frame): string => JSON.parse(frame).type),
    last: (): string => frames.at(-1) ?? '',
  };
}

const crowd = { name: 'a socket with many queries' };
const other = { name: 'another socket' };
const names = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${prefix}-${index}`);

describe('V11 subscribers take turns', () => {
  test('a query next to sixty of another subscriber is read second at the latest, in the time of two', async () => {
    const { clock, reads, follow, change } = world();
    for (const query of names('crowd', 60)) follow(crowd, { query });
    await clock.passTo(10_000);
    follow(other, { query: 'other' });
    await clock.passTo(20_000);
    change();
    await clock.passTo(30_000);
    expect(reads.findIndex(({ name }) => name === 'other')).toBeLessThanOrEqual(1);
    expect(reads.find(({ name }) => name === 'other')).toEqual({
      name: 'other',
      atMs: 20_000 + 2 * READ_MS,
    });
    await clock.passTo(60_000);
    expect(reads).toHaveLength(61);
  });

  test('a query that begins to wait in the middle of sixty is in the next wave', async () => {
    const { clock, reads, follow } = world();
    for (const query of names('crowd', 60)) follow(crowd, { query });
    await clock.passTo(10 * READ_MS + 10);
    const before = reads.length;
    follow(other, { query: 'other' });
    await clock.passTo(10_000);
    const ofOneWave = 5;
    const place = reads.findIndex(({ name }) => name === 'other') - before;
    expect(place).toBeLessThanOrEqual(ofOneWave);
    expect(place).toBeGreaterThanOrEqual(0);
  });

  test('a subscriber with many queries has a tenth of the time while others have work', async () => {
    const { clock, reads, follow, change } = world();
    for (const query of names('crowd', 60)) follow(crowd, { query });
    for (const query of names('single', 240)) follow({ query }, { query });
    await clock.passTo(200_000);
    change();
    await clock.passTo(400_000);
    const last = reads.findLastIndex(({ name }) => name.startsWith('single'));
    const before = reads.slice(0, last).filter(({ name }) => name.startsWith('crowd'));
    expect(before.length).toBeLessThanOrEqual(240 / 9 + 1);
    expect(reads).toHaveLength(300);
  });

  test('alone a subscriber does not rest beyond the time of its lane', async () => {
    const { clock, reads, follow, change } = world();
    for (const query of names('crowd', 10)) follow(crowd, { query });
    await clock.passTo(10_000);
    change();
    await clock.passTo(20_000);
    expect(reads).toHaveLength(10);
    expect(reads.at(-1)?.atMs).toBeLessThanOrEqual(10_000 + 10 * 10 * READ_MS);
  });

  test('a query of several subscribers is read in whichever turn comes first', async () => {
    const { clock, reads, follow, change } = world();
    for (const query of names('crowd', 60)) follow(crowd, { query });
    follow(other, { query: 'crowd-59' });
    await clock.passTo(20_000);
    change();
    await clock.passTo(60_000);
    expect(reads.findIndex(({ name }) => name === 'crowd-59')).toBeLessThanOrEqual(1);
    change();
    await clock.passTo(60_010);
    follow(other, { query: 'crowd-40' });
    await clock.passTo(90_000);
    expect(reads.findIndex(({ name }) => name === 'crowd-40')).toBeLessThanOrEqual(3);
  });

  test('a read that hangs fails its wave once; the others of it are then read without it', async () => {
    const { clock, reads, follow } = world();
    follow(other, { query: 'hangs' });
    const single = names('single', 3).map((query) => follow({ query }, { query }));
    await clock.passTo(HANGS_MS + 2_000);
    expect(reads).toHaveLength(3);
    for (const { types } of single) expect(types()).toEqual(['error', 'snapshot']);
    follow({}, { query: 'later' });
    await clock.passTo(HANGS_MS + 4_000);
    expect(reads.at(-1)?.name).toBe('later');
  });

  test('a read that breaks frees its turn: the others are read, and it is read again after the next change', async () => {
    let isBroken = true;
    const { clock, reads, follow, change, failed } = world({
      rowsOf: (name) => {
        if (isBroken && name.startsWith('broken')) throw new Error('broken');
        return [];
      },
    });
    for (const query of names('broken', 7)) follow({}, { query });
    await clock.passTo(1_000);
    expect(failed).toHaveLength(7);
    follow({}, { query: 'sound' });
    await clock.passTo(2_000);
    expect(reads.map(({ name }) => name)).toContain('sound');
    isBroken = false;
    change();
    await clock.passTo(3_000);
    expect(reads.map(({ name }) => name)).toContain('broken-0');
    expect(failed).toHaveLength(7);
  });
});

describe('B23 a wave', () => {
  test('is one batch for ten lists that change together, of one subscriber or of ten', async () => {
    const { clock, follow, change, reads, waves } = world({ readMs: () => 1 });
    for (const query of names('own', 10)) follow(crowd, { query });
    await clock.passTo(10_000);
    for (let round = 1; round <= 3; round++) {
      change();
      await clock.passTo(10_000 + round * 10_000);
      expect([waves(), reads.length]).toEqual([1, 10]);
    }
    for (const query of names('single', 10)) follow({ query }, { query });
    await clock.passTo(50_000);
    change();
    await clock.passTo(60_000);
    expect([waves(), reads.length]).toEqual([1, 20]);
  });

  test('gathers groups that began at different times, while all of them change often', async () => {
    const { clock, follow, change, waves } = world({ readMs: () => 0.1 });
    for (const [index, query] of names('own', 10).entries()) {
      await clock.passTo(10_000 + index * 7);
      follow({ query }, { query });
    }
    let batches = 0;
    change();
    for (let ms = 11_000; ms < 12_000; ms += 10) {
      await clock.passTo(ms);
      batches += waves();
      change();
    }
    expect(batches).toBeLessThanOrEqual(12);
  });
});

describe('B24 the pause after a wave', () => {
  test('grows with the time that it took D1: ten costly lists take a tenth of it', async () => {
    const { clock, follow, change, reads } = world({ readMs: () => 10.6 });
    for (const query of names('list', 10)) follow({ query }, { query });
    await clock.passTo(10_000);
    let d1Ms = 0;
    for (let ms = 10_000; ms < 20_000; ms += 10) {
      await clock.passTo(ms);
      d1Ms += 10.6 * reads.length;
      change();
    }
    expect(d1Ms).toBeLessThanOrEqual(1_000 + 3 * 106);
    expect(d1Ms).toBeGreaterThan(700);
  });

  test('of slow queries does not delay quick ones, which are read ten times a second', async () => {
    const { clock, follow, change, reads } = world({
      readMs: (name) => (name === 'quick' ? 0.1 : 106),
    });
    follow(crowd, { query: 'slow' });
    follow(other, { query: 'quick' });
    await clock.passTo(10_000);
    let quick = 0;
    for (let ms = 10_000; ms < 20_000; ms += 10) {
      await clock.passTo(ms);
      quick += reads.filter(({ name }) => name === 'quick').length;
      change();
    }
    expect(quick).toBeGreaterThanOrEqual(95);
  });
});

/** `count` rows of 1,000 characters, all different from those of another `seed`. */
function kilobytes(count: number, seed = ''): LiveRow[] {
  return names(`row${seed}`, count).map((key) => ({ key, row: key.padEnd(970, '.') }));
}

const budget = 24_000_000;

describe('V10 the results of one object', () => {
  test('that leave no room are refused with 503, others continue, and freed room is used', async () => {
    let seed = '';
    const { clock, follow, change } = world({
      rowsOf: () => kilobytes(1_000, seed),
      readMs: () => 1,
    });
    const followers = names('big', 30).map((query) => ({ query, ...follow({ query }, { query }) }));
    await clock.passTo(10_000);
    const refused = followers.filter(({ types }) => types()[0] === 'error');
    const served = followers.filter(({ types }) => types()[0] === 'snapshot');
    expect(served.length).toBeGreaterThanOrEqual(20);
    expect(refused.length).toBe(30 - served.length);
    expect(JSON.parse(refused[0]?.last() ?? '{}')).toMatchObject({
      id: 'f',
      problem: { status: 503, detail: expect.stringContaining('no room') },
    });
    seed = 'x';
    change();
    await clock.passTo(20_000);
    for (const { types } of served) expect(types()).toEqual(['snapshot', 'change']);
    for (const { leave } of served.slice(0, refused.length)) leave();
    await clock.passTo(120_000);
    for (const { types } of refused) expect(types()).toEqual(['error', 'snapshot']);
  });

  test('count with the text of their snapshots and their changes, which make room for rows', async () => {
    let seed = 0;
    const { clock, groups, follow, change } = world({
      rowsOf: () => kilobytes(10, `${seed}`),
      readMs: () => 1,
    });
    for (const query of names('small', 500)) follow({ query }, { query });
    for (seed = 1; seed <= 10; seed++) {
      change();
      await clock.passTo(seed * 10_000);
      const bytes = groups.over('rows').reduce((sum, group) => sum + group.bytes, 0);
      expect(bytes).toBeLessThanOrEqual(budget);
      const rows = groups.over('rows').reduce((sum, group) => sum + group.neededBytes, 0);
      if (seed === 2) expect(bytes).toBeGreaterThan(2 * rows);
    }
    const back = { ...follower(other), since: 'life.9' };
    groups.over('rows')[0]?.join(back);
    expect(back.types().at(-1)).toMatch(/snapshot|current/);
  });

  test('that no room could be made for take nothing from others', async () => {
    const { clock, groups, follow, change } = world({
      rowsOf: (name) => kilobytes(name === 'huge' ? 3_900 : 1_000),
      readMs: () => 1,
    });
    for (const query of names('big', 21)) follow({ query }, { query });
    await clock.passTo(10_000);
    const bytes = () => groups.over('rows').reduce((sum, group) => sum + group.bytes, 0);
    const before = bytes();
    const huge = follow(other, { query: 'huge' });
    change();
    await clock.passTo(20_000);
    expect(huge.types()).toEqual(['error']);
    expect(bytes()).toBe(before);
  });
});

test('V16 equal queries share one read, in any order of their input’s members', async () => {
  const { clock, reads, follow } = world();
  follow(crowd, { query: 'q', input: { limit: '5', name: 'chai' } });
  follow(other, { query: 'q', input: { name: 'chai', limit: '5' } });
  follow(crowd, { query: 'p' });
  follow(other, { query: 'p', input: {} });
  await clock.passTo(1_000);
  expect(reads.map(({ name }) => name).toSorted()).toEqual(['p', 'q']);
});
