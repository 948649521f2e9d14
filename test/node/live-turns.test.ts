/** The scheduling of reads, and the limit on all results together, with a simulated clock. */
import { describe, expect, test } from 'vitest';
import type { LiveRow } from '../../core/live/live-difference.ts';
import { Group, type GroupSubscription } from '../../durable-objects/live/group.ts';
import { Groups } from '../../durable-objects/live/groups.ts';
import type { SubscribedQuery } from '../../durable-objects/live/ports.ts';
import { Turns } from '../../durable-objects/live/turns.ts';
import { SimulatedClock } from './support/simulated-clock.ts';

const READ_MS = 30;

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
  const turns = new Turns({ runsMax: 6, runsOfOneMax: 1, nowMs, wait });
  const reads: ReadDone[] = [];
  const failed: unknown[] = [];
  const groups: Groups = new Groups((wanted) => {
    const name = wanted.query;
    const read = async () => {
      await wait(readMs(name));
      reads.push({ name, atMs: clock.nowMs });
      return { rows: rowsOf(name) };
    };
    const hasRoom = (bytes: number) => groups.hasRoom(bytes);
    const group = new Group({
      ...{ read, turns, hasRoom, nowMs, wait },
      newId: () => 'life',
      basePath: '',
      keep: (run) => void run.catch((error: unknown) => failed.push(error)),
    });
    const query = {
      projection: 'rows',
      read: () => Promise.resolve({ rows: [] }),
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
    for (const group of groups.over('rows')) group.mark();
  };
  return { clock, reads, groups, follow, change, failed };
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
  test('a query next to sixty of another subscriber is read second at the latest, in the time it takes alone', async () => {
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
      atMs: 20_000 + READ_MS,
    });
    expect(reads).toHaveLength(61);
  });

  test('a query that begins to wait in the middle of sixty is read next', async () => {
    const { clock, reads, follow } = world();
    for (const query of names('crowd', 60)) follow(crowd, { query });
    await clock.passTo(10 * READ_MS + 10);
    const before = reads.length;
    follow(other, { query: 'other' });
    await clock.passTo(10_000);
    expect(reads.findIndex(({ name }) => name === 'other') - before).toBeLessThanOrEqual(1);
  });

  test('a subscriber with many queries has a tenth of the time while others have work', async () => {
    const { clock, reads, follow, change } = world();
    for (const query of names('crowd', 60)) follow(crowd, { query });
    for (const query of names('single', 240)) follow({ query }, { query });
    await clock.passTo(20_000);
    change();
    await clock.passTo(30_000);
    const endMs = reads.findLast(({ name }) => name.startsWith('single'))?.atMs ?? 0;
    const before = reads.filter(({ name, atMs }) => name.startsWith('crowd') && atMs <= endMs);
    expect(endMs - 20_000).toBeGreaterThan(1_000);
    expect(before.length * READ_MS).toBeLessThanOrEqual((endMs - 20_000) / 10 + READ_MS);
    expect(reads).toHaveLength(300);
  });

  test('alone a subscriber does not rest, and many subscribers are read side by side', async () => {
    const { clock, reads, follow, change } = world();
    for (const query of names('crowd', 10)) follow(crowd, { query });
    await clock.passTo(10_000);
    change();
    await clock.passTo(20_000);
    expect(reads.at(-1)?.atMs).toBe(10_000 + 10 * READ_MS);
    for (const query of names('single', 6)) follow({ query }, { query });
    await clock.passTo(20_000 + READ_MS);
    expect(reads.filter(({ name }) => name.startsWith('single'))).toHaveLength(6);
  });

  test('a query of several subscribers is read in whichever turn comes first', async () => {
    const { clock, reads, follow, change } = world();
    for (const query of names('crowd', 60)) follow(crowd, { query });
    follow(other, { query: 'crowd-59' });
    await clock.passTo(20_000);
    change();
    await clock.passTo(30_000);
    expect(reads.findIndex(({ name }) => name === 'crowd-59')).toBeLessThanOrEqual(1);
    change();
    await clock.passTo(30_010);
    follow(other, { query: 'crowd-40' });
    await clock.passTo(40_000);
    expect(reads.findIndex(({ name }) => name === 'crowd-40')).toBeLessThanOrEqual(3);
  });

  test('a read that hangs holds up its own subscriber, and others no longer than their rest', async () => {
    const { clock, reads, follow } = world({
      readMs: (name) => (name === 'hangs' ? 60_000 : READ_MS),
    });
    follow(other, { query: 'hangs' });
    for (const query of names('crowd', 10)) follow(crowd, { query });
    await clock.passTo(10 * 10 * READ_MS);
    expect(reads).toHaveLength(10);
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

/** `count` rows of 1,000 characters, all different from those of another `seed`. */
function kilobytes(count: number, seed = ''): LiveRow[] {
  return names(`row${seed}`, count).map((key) => ({ key, row: key.padEnd(970, '.') }));
}

const budget = 24_000_000;

describe('V10 the results of one object', () => {
  test('that leave no room are refused with 503, others continue, and freed room is used', async () => {
    let seed = '';
    const { clock, follow, change } = world({ rowsOf: () => kilobytes(1_000, seed) });
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
    const { clock, groups, follow, change } = world({ rowsOf: () => kilobytes(10, `${seed}`) });
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
