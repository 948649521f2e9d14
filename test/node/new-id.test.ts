/** Ids of events, over a clock and random bytes of the test's own. */
import { expect, test } from 'vitest';
import * as z from 'zod';
import { idSource } from '../../worker/runtime/new-id.ts';

const randomBytes = (count: number) => crypto.getRandomValues(new Uint8Array(count));
const timeOf = (id: string) => Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);

/** As many ids as a millisecond holds at most, and twice as many again. */
const MANY = 12_288;

test('PK5 ids are UUIDs of version 7 with the time', () => {
  let now = Date.UTC(2026, 10, 26);
  const newId = idSource(() => now++, randomBytes);
  for (let ms = now; ms < Date.UTC(2026, 10, 26) + 100; ms++) {
    const id = newId();
    expect(z.uuidv7().safeParse(id).success).toBe(true);
    expect(timeOf(id)).toBe(ms);
  }
});

test('PK5 ids of one millisecond are distinct and in order', () => {
  const newId = idSource(() => 1_000, randomBytes);
  const ids = Array.from({ length: MANY }, newId);
  expect(ids.toSorted()).toEqual(ids);
  expect(new Set(ids).size).toBe(MANY);
  expect(timeOf(ids.at(-1) ?? '')).toBeLessThan(1_004);
});

test('PK5 ids stay in order when the clock goes back', () => {
  const times = [2_000, 1_000, 1_000, 2_001];
  const newId = idSource(() => times.shift() ?? 0, randomBytes);
  const ids = Array.from({ length: 4 }, newId);
  expect(ids.toSorted()).toEqual(ids);
});

test('PK5 two sources of the same time have no id in common', () => {
  const [one, other] = [idSource(() => 1_000, randomBytes), idSource(() => 1_000, randomBytes)];
  const ids = Array.from({ length: MANY / 2 }, () => [one(), other()]).flat();
  expect(new Set(ids).size).toBe(MANY);
});
