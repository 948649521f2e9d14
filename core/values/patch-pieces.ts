/** Splits a patch that does not fit into one event into patches that, applied in order, lead to the same state. */
import { runsWithinBytes, utf8Bytes } from './bytes.ts';
import type { Splice, StatePatch } from './state-patch.ts';

/** JSON writes a control character as six bytes. */
const CHARACTER_BYTES_MAX = 6;

export function bytesOf(value: unknown): number {
  return utf8Bytes(JSON.stringify(value) ?? '');
}

/** At least one piece, each of about `bytesMax` at most. */
export function piecesOf(patch: StatePatch, bytesMax: number): StatePatch[] {
  if (bytesOf(patch) <= bytesMax) return [patch];
  if ('to' in patch) return piecesOfValue(patch.to, bytesMax);
  if ('appended' in patch) return texts(patch.appended, bytesMax).map((appended) => ({ appended }));
  if ('splice' in patch) return piecesOfSplice(patch.splice, bytesMax);
  if ('items' in patch) {
    const items = patch.items.flatMap(([index, own]) =>
      piecesOf(own, bytesMax).map((piece) => [index, piece] as const),
    );
    return runs(items, bytesMax).map((run) => ({ items: run }));
  }
  const { changed = {}, removed = [] } = patch;
  const members = Object.entries(changed).flatMap(([key, own]) =>
    piecesOf(own, bytesMax).map((piece) => [key, piece] as const),
  );
  return [
    ...runs(removed, bytesMax).map((run) => ({ removed: run })),
    ...runs(members, bytesMax).map((run) => ({ changed: Object.fromEntries(run) })),
  ];
}

/** First an empty value, then its content. */
function piecesOfValue(value: unknown, bytesMax: number): StatePatch[] {
  if (typeof value === 'string') {
    return [{ to: '' }, ...texts(value, bytesMax).map((appended) => ({ appended }))];
  }
  if (Array.isArray(value)) {
    return [{ to: [] }, ...piecesOfSplice({ at: 0, removed: 0, added: value }, bytesMax)];
  }
  if (typeof value !== 'object' || value === null) return [{ to: value }];
  const members = Object.entries(value).map(([key, member]) => [key, { to: member }] as const);
  return [{ to: {} }, ...piecesOf({ changed: Object.fromEntries(members) }, bytesMax)];
}

function piecesOfSplice({ at, removed, added }: Splice, bytesMax: number): StatePatch[] {
  let next = at;
  const additions = runsWithinBytes(added, bytesOf, bytesMax).flatMap((run): StatePatch[] => {
    const index = next;
    next += run.length;
    if (run.length > 1 || bytesOf(run[0]) <= bytesMax) {
      return [{ splice: { at: index, removed: 0, added: run } }];
    }
    const [first, ...others] = piecesOfValue(run[0], bytesMax);
    const begun = first && 'to' in first ? [first.to] : run;
    return [
      { splice: { at: index, removed: 0, added: begun } },
      ...others.map((piece) => ({ items: [[index, piece] as const] })),
    ];
  });
  return removed === 0 ? additions : [{ splice: { at, removed, added: [] } }, ...additions];
}

/** Groups items into runs by bytes. Pieces of the same member never share a run. */
function runs<Item>(items: readonly Item[], bytesMax: number): Item[][] {
  const all: Item[][] = [];
  let names = new Set<unknown>();
  let bytes = 0;
  for (const item of items) {
    const name = Array.isArray(item) ? item[0] : item;
    const own = bytesOf(item);
    if (all.length === 0 || names.has(name) || bytes + own > bytesMax) {
      all.push([]);
      names = new Set();
      bytes = 0;
    }
    all.at(-1)?.push(item);
    names.add(name);
    bytes += own;
  }
  return all;
}

/** JSON escapes lone surrogates, so that a text may be split anywhere. */
function texts(text: string, bytesMax: number): string[] {
  const characters = Math.max(1, Math.floor(bytesMax / CHARACTER_BYTES_MAX));
  return Array.from({ length: Math.ceil(text.length / characters) }, (_, index) =>
    text.slice(index * characters, (index + 1) * characters),
  );
}
