import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isJson } from './json.ts';
import {
  emptyMap,
  entriesOf,
  getEntry,
  hasEntry,
  mapOf,
  type PersistentMap,
  withEntry,
  withoutEntry,
} from './persistent-map.ts';

const odd = ['__proto__', 'constructor', 'toString', '', 'size', 'entries', '\ud800'];
const key = fc.oneof(
  fc.constantFrom(...odd),
  fc.nat(60).map((number) => `k${number}`),
  fc.string({ unit: 'grapheme' }),
);
const change = fc.record({ key, value: fc.option(fc.nat(9)) });

const changedBy = (
  map: PersistentMap<number>,
  { key, value }: { key: string; value: number | null },
) => (value === null ? withoutEntry(map, key) : withEntry(map, key, value));

const frozen = <Value>(map: Value): Value => {
  if (typeof map === 'object' && map !== null && !Object.isFrozen(map)) {
    Object.freeze(map);
    for (const part of Object.values(map)) frozen(part);
  }
  return map;
};

const sorted = (entries: Iterable<readonly [string, number]>) =>
  [...entries].sort(([one], [other]) => (one < other ? -1 : 1));

describe('S5 a persistent map', () => {
  test('holds what a Map holds after the same changes, as JSON, and leaves the map before as it was', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 200 }), (changes) => {
        const model = new Map<string, number>();
        let map = frozen(emptyMap<number>());
        for (const one of changes) {
          map = frozen(changedBy(map, one));
          if (one.value === null) model.delete(one.key);
          else model.set(one.key, one.value);
        }
        expect(map.size).toBe(model.size);
        expect(sorted(entriesOf(map))).toEqual(sorted(model));
        for (const { key } of changes) {
          expect(getEntry(map, key)).toBe(model.get(key));
          expect(hasEntry(map, key)).toBe(model.has(key));
        }
        expect(isJson(map)).toBe(true);
        expect(JSON.parse(JSON.stringify(map))).toEqual(map);
      }),
    );
  });

  test('is the same JSON for the same entries, in whatever order they were added', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(key, fc.nat()), { selector: ([own]) => own, maxLength: 100 }),
        fc.array(key, { maxLength: 100 }),
        (entries, passing) => {
          const own = new Set(entries.map(([name]) => name));
          const others = passing.filter((name) => !own.has(name));
          const straight = mapOf(entries);
          const grown = mapOf([
            ...others.map((name) => [name, 0] as const),
            ...entries.toReversed(),
          ]);
          const round = others.reduce<PersistentMap<number>>(withoutEntry, grown);
          expect(JSON.stringify(round)).toBe(JSON.stringify(straight));
        },
      ),
    );
  });

  test('up to eight entries is a list in the order of its keys', () => {
    const map = mapOf([
      ['b', 2],
      ['a', 1],
      ['b', 3],
    ]);
    expect(map).toEqual({
      size: 2,
      entries: [
        ['a', 1],
        ['b', 3],
      ],
    });
    expect(withoutEntry(map, 'c')).toBe(map);
  });

  test('distinguishes keys with the same hash', () => {
    const alike = collisions(9);
    const map = mapOf(alike.map((name, index) => [name, index]));
    expect(alike.map((name) => getEntry(map, name))).toEqual(alike.map((_name, index) => index));
    expect(alike.reduce<PersistentMap<number>>(withoutEntry, map)).toEqual(emptyMap());
  });

  test('copies the way to one entry for a change, however many there are', () => {
    const map = mapOf(Array.from({ length: 16_000 }, (_, index) => [`order-${index}`, index]));
    const before = nodesOf(map);
    const fresh = [...nodesOf(withEntry(map, 'order-1', -1))].filter((node) => !before.has(node));
    expect(fresh.length).toBeLessThanOrEqual(6);
  });
});

function nodesOf(map: PersistentMap<number>): Set<object> {
  const below = 'children' in map ? map.children.flatMap((child) => child ?? []) : [];
  return new Set([map, ...below.flatMap((child) => [...nodesOf(child)])]);
}

/** Keys of one hash for the first seed: texts of the same high half, and a last unit that clears the low half. */
function collisions(count: number): string[] {
  const byHighHalf = new Map<number, string[]>();
  for (let number = 0; number < 2_000_000; number++) {
    const text = number.toString(36);
    const state = stateAfter(text);
    const alike = byHighHalf.get(state >>> 16) ?? [];
    byHighHalf.set(state >>> 16, alike);
    alike.push(text + String.fromCharCode(state & 0xffff));
    if (alike.length === count) return alike;
  }
  throw new Error('No collisions found.');
}

function stateAfter(text: string): number {
  return [...text].reduce(
    (hash, unit) => Math.imul(hash ^ unit.charCodeAt(0), 0x01000193),
    0x811c9dc5,
  );
}
