/**
 * A persistent map that is plain JSON: part of a state that is copied on change, stored in snapshots and compared by
 * value. A change copies the path to one entry, O(log n); `{ ...record, [key]: value }` copies every entry.
 */

/**
 * The maximum number of entries of a leaf. A larger subtree is a branch, so that the keys alone determine the shape.
 */
const LEAF_ENTRIES_MAX = 8;
const BITS_PER_LEVEL = 4;
const BRANCHES = 1 << BITS_PER_LEVEL;
/** The number of levels that one hash serves. The next levels use another hash, which separates keys that collide. */
const LEVELS_PER_HASH = 32 / BITS_PER_LEVEL;

/**
 * Read it with `getEntry`, `hasEntry`, `entriesOf` and `size`. Up to eight entries are a list in the order of the keys;
 * more are a tree of such lists. Two maps with the same entries are the same JSON, in whatever order they were made.
 * Any text is a valid key, `__proto__` too.
 */
export type PersistentMap<Value> = Leaf<Value> | Branch<Value>;

type Entry<Value> = readonly [key: string, value: Value];

interface Leaf<Value> {
  readonly size: number;
  readonly entries: readonly Entry<Value>[];
}

interface Branch<Value> {
  readonly size: number;
  /** Sixteen; null where a subtree is empty. */
  readonly children: readonly (PersistentMap<Value> | null)[];
}

const EMPTY = { size: 0, entries: [] };

/**
 * A map without entries.
 *
 * @example initialState: () => ({ reservations: emptyMap<number>() })
 */
export function emptyMap<Value>(): PersistentMap<Value> {
  return EMPTY;
}

/**
 * A map of these entries; the last entry of a key applies.
 *
 * @example mapOf([['chai', 3]])
 */
export function mapOf<Value>(entries: Iterable<Entry<Value>>): PersistentMap<Value> {
  let map = emptyMap<Value>();
  for (const [key, value] of entries) map = withEntry(map, key, value);
  return map;
}

/**
 * The value of a key; undefined where the map has no such key.
 *
 * @example getEntry(state.stock, 'chai')
 */
export function getEntry<Value>(map: PersistentMap<Value>, key: string): Value | undefined {
  let node: PersistentMap<Value> | null = map;
  let hash = 0;
  for (let level = 0; node && 'children' in node; level++) {
    hash = hashAt(level, key, hash);
    node = node.children[branchOf(hash, level)] ?? null;
  }
  return node?.entries.find(([own]) => own === key)?.[1];
}

/**
 * Whether the map has the key.
 *
 * @example hasEntry(state.stock, 'chai')
 */
export function hasEntry(map: PersistentMap<unknown>, key: string): boolean {
  return getEntry(map, key) !== undefined;
}

/**
 * A map with this entry added or replaced. The original map is unchanged.
 *
 * @example StockReserved: (state, { data: { order, quantity } }) => ({
 *   ...state,
 *   reservations: withEntry(state.reservations, order, quantity),
 * })
 */
export function withEntry<Value>(
  map: PersistentMap<Value>,
  key: string,
  value: Value,
): PersistentMap<Value> {
  return changed(map, 0, 0, key, [key, value]);
}

/**
 * The map without the key; the same map when it has no such key.
 *
 * @example { ...state, stock: withoutEntry(state.stock, 'chai') }
 */
export function withoutEntry<Value>(map: PersistentMap<Value>, key: string): PersistentMap<Value> {
  return changed(map, 0, 0, key, undefined);
}

/**
 * All entries, in an order that the keys alone determine.
 *
 * @example for (const [product, quantity] of entriesOf(state.stock)) …
 */
export function* entriesOf<Value>(map: PersistentMap<Value>): Generator<Entry<Value>> {
  if ('entries' in map) yield* map.entries;
  else for (const child of map.children) if (child) yield* entriesOf(child);
}

/**
 * All keys, in the order of `entriesOf`.
 *
 * @example keysOf(state.stock)
 */
export function keysOf(map: PersistentMap<unknown>): string[] {
  return Array.from(entriesOf(map), ([key]) => key);
}

/** The node itself where there is nothing to remove. */
function changed<Value>(
  node: PersistentMap<Value>,
  level: number,
  hashAbove: number,
  key: string,
  entry: Entry<Value> | undefined,
): PersistentMap<Value> {
  if ('entries' in node) return changedLeaf(node, level, key, entry);
  const hash = hashAt(level, key, hashAbove);
  const index = branchOf(hash, level);
  const before = node.children[index] ?? EMPTY;
  const child = changed(before, level + 1, hash, key, entry);
  if (child === before) return node;
  const size = node.size + child.size - before.size;
  const children = node.children.with(index, child.size === 0 ? null : child);
  return size > LEAF_ENTRIES_MAX ? { size, children } : leafOf([...entriesOf({ size, children })]);
}

function changedLeaf<Value>(
  leaf: Leaf<Value>,
  level: number,
  key: string,
  entry: Entry<Value> | undefined,
): PersistentMap<Value> {
  const { entries } = leaf;
  const at = entries.findIndex(([own]) => own >= key);
  const isKnown = entries[at]?.[0] === key;
  if (!entry && !isKnown) return leaf;
  const place = at < 0 ? entries.length : at;
  const next = entries.toSpliced(place, isKnown ? 1 : 0, ...(entry ? [entry] : []));
  const size = next.length;
  return size > LEAF_ENTRIES_MAX ? branchFor(next, level) : { size, entries: next };
}

function leafOf<Value>(entries: Entry<Value>[]): Leaf<Value> {
  const sorted = entries.sort(([one], [other]) => (one < other ? -1 : 1));
  return { size: sorted.length, entries: sorted };
}

/** The entries are in the order of their keys, and stay so in each leaf. */
function branchFor<Value>(entries: readonly Entry<Value>[], level: number): Branch<Value> {
  const seed = Math.floor(level / LEVELS_PER_HASH);
  const byIndex = Map.groupBy(entries, ([key]) => branchOf(hashOf(key, seed), level));
  const children = Array.from({ length: BRANCHES }, (_, index) => {
    const own = byIndex.get(index);
    if (!own) return null;
    return own.length > LEAF_ENTRIES_MAX
      ? branchFor(own, level + 1)
      : { size: own.length, entries: own };
  });
  return { size: entries.length, children };
}

/** Computed once for the levels that it serves. */
function hashAt(level: number, key: string, hashAbove: number): number {
  return level % LEVELS_PER_HASH === 0 ? hashOf(key, level / LEVELS_PER_HASH) : hashAbove;
}

function branchOf(hash: number, level: number): number {
  return (hash >>> ((level % LEVELS_PER_HASH) * BITS_PER_LEVEL)) % BRANCHES;
}

/** FNV-1a over UTF-16 units, begun differently for each seed, with the last mix of MurmurHash3. */
function hashOf(key: string, seed: number): number {
  let hash = 0x811c9dc5 ^ Math.imul(seed, 0x9e3779b1);
  for (let index = 0; index < key.length; index++) {
    hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
