/** Changes of a live query's rows: the difference between two results, and its application to the first. */

/** A row with its key, which is the same in every result and unique within one. */
export interface LiveRow<Row = unknown> {
  readonly key: string;
  readonly row: Row;
}

/** A row with its index in the new result. */
export interface PlacedRow<Row = unknown> extends LiveRow<Row> {
  readonly index: number;
}

export interface RowsChange<Row = unknown> {
  /** By ascending index. */
  readonly upserts: readonly PlacedRow<Row>[];
  readonly deletes: readonly string[];
}

/** The rows after a change: deleted and upserted rows are removed, then each upserted row is inserted at its index. */
export function applyChange<Row>(
  rows: readonly LiveRow<Row>[],
  { upserts, deletes }: RowsChange<Row>,
): LiveRow<Row>[] {
  const gone = new Set([...deletes, ...upserts.map(({ key }) => key)]);
  const staying = rows.filter(({ key }) => !gone.has(key));
  const result: LiveRow<Row>[] = [];
  let next = 0;
  for (const { index, key, row } of upserts) {
    const end = next + Math.max(index - result.length, 0);
    result.push(...staying.slice(next, end), { key, row });
    next = end;
  }
  return [...result, ...staying.slice(next)];
}

/** The smallest change from `before` to `after`: it contains as few of the rows that only moved as possible. */
export function difference<Row>(
  before: readonly LiveRow<Row>[],
  after: readonly LiveRow<Row>[],
): RowsChange<Row> {
  const places = new Map(before.map(({ key, row }, index) => [key, { index, text: jsonOf(row) }]));
  const kept = new Set(after.map(({ key }) => key));
  const same = after.flatMap(({ key, row }, index) => {
    const place = places.get(key);
    return place?.text === jsonOf(row) ? [{ index, before: place.index }] : [];
  });
  const unmoved = longestRising(same);
  return {
    upserts: after.flatMap((row, index) => (unmoved.has(index) ? [] : [{ ...row, index }])),
    deletes: before.flatMap(({ key }) => (kept.has(key) ? [] : [key])),
  };
}

export function isEmpty({ upserts, deletes }: RowsChange): boolean {
  return upserts.length === 0 && deletes.length === 0;
}

/** Rows are JSON of one query: their columns have the same order. */
function jsonOf(row: unknown): string {
  return JSON.stringify(row);
}

interface Place {
  readonly index: number;
  readonly before: number;
}

/** The indexes of the longest part of the places whose earlier indexes rise (patience sorting). */
function longestRising(places: readonly Place[]): ReadonlySet<number> {
  const tops: Place[] = [];
  const previous = new Map<Place, Place | undefined>();
  for (const place of places) {
    const pile = firstNotBelow(tops, place);
    previous.set(place, tops[pile - 1]);
    tops[pile] = place;
  }
  const rising = new Set<number>();
  for (let place = tops.at(-1); place; place = previous.get(place)) rising.add(place.index);
  return rising;
}

/** The first pile whose top is not below; the number of piles when all are. */
function firstNotBelow(tops: readonly Place[], { before }: Place): number {
  let [low, high] = [0, tops.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((tops[middle]?.before ?? 0) < before) low = middle + 1;
    else high = middle;
  }
  return low;
}
