/**
 * Limits by bytes. The platform limits RPC values, bound values and an isolate's memory by bytes, not by count, so
 * every page, response and batch is limited by bytes.
 */

/**
 * Bytes of JSON in one page, response or batch. Our limit: an RPC response takes 32 MiB (platform), and a page is in
 * memory as text, as values and as the response at the same time.
 */
export const PAGE_BYTES_MAX = 4_000_000;

/** The length of a well-formed text in UTF-8. JSON text always is well-formed: it escapes lone surrogates. */
export function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) continue;
    // Two bytes up to U+07FF, else three; each half of a pair is counted as two of the pair's four.
    bytes += unit < 0x800 || isSurrogate(unit) ? 1 : 2;
  }
  return bytes;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}

/** Whether a text is longer than the limit; short texts are not counted. */
export function isLonger(text: string, bytesMax: number): boolean {
  if (text.length * 3 <= bytesMax) return false;
  return text.length > bytesMax || utf8Bytes(text) > bytesMax;
}

/**
 * The approximate bytes of a value as JSON. Counting stops beyond `bytesMax`, so that a huge value costs no more than a
 * page; no text is made.
 */
export function valueBytes(value: unknown, bytesMax: number = PAGE_BYTES_MAX): number {
  const left = [value];
  let bytes = 0;
  while (left.length > 0 && bytes <= bytesMax) {
    const next = left.pop();
    if (typeof next === 'string') bytes += utf8Bytes(next) + 2;
    else if (ArrayBuffer.isView(next)) bytes += next.byteLength;
    else if (typeof next !== 'object' || next === null) bytes += 4;
    else bytes += 1 + leaveParts(next, left, bytesMax - bytes);
  }
  return bytes;
}

/** Pushes the parts of a value on the stack; returns their number. */
function leaveParts(value: object, stack: unknown[], max: number): number {
  let count = 0;
  for (const part of partsOf(value)) {
    if (count++ > max) break;
    stack.push(part);
  }
  return count;
}

/** RPC also transfers the entries of a `Map` or `Set`, which JSON leaves out. */
function partsOf(value: object): Iterable<unknown> {
  if (Array.isArray(value) || value instanceof Set || value instanceof Map) return value;
  return Object.entries(value).flat();
}

/**
 * The first items that together fit into `bytesMax`: at least one, so that a page always advances. Reads no item after
 * the first that does not fit.
 *
 * @example const page = firstWithinBytes(rows, (row) => row.data.length);
 */
export function firstWithinBytes<Item>(
  items: Iterable<Item>,
  bytesOf: (item: Item) => number,
  bytesMax: number = PAGE_BYTES_MAX,
): Item[] {
  const taken: Item[] = [];
  let bytes = 0;
  for (const item of items) {
    bytes += bytesOf(item);
    if (taken.length > 0 && bytes > bytesMax) break;
    taken.push(item);
  }
  return taken;
}

/** All items in runs that each fit into `bytesMax`, in their order; an item that is longer has a run of its own. */
export function runsWithinBytes<Item>(
  items: readonly Item[],
  bytesOf: (item: Item) => number,
  bytesMax: number = PAGE_BYTES_MAX,
): Item[][] {
  const runs: Item[][] = [];
  for (let start = 0; start < items.length; ) {
    const run = firstWithinBytes(items.slice(start), bytesOf, bytesMax);
    runs.push(run);
    start += run.length;
  }
  return runs;
}
