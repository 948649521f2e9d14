/**
 * The difference between two states as JSON, so that a large state costs only its changes. Parts that are the same
 * object are not compared, so that the comparison of states that share their unchanged parts takes time in proportion
 * to the change.
 */
import { ownValue } from './own-value.ts';

/** `{}` changes nothing. */
export type StatePatch =
  /** The new value. */
  | { readonly to: unknown }
  /** Of a text: the appended part. */
  | { readonly appended: string }
  /** Of an array: changes of items that stay in place. */
  | { readonly items: readonly (readonly [index: number, patch: StatePatch])[] }
  /** Of an array: removed items and the items that replace them. */
  | { readonly splice: Splice }
  /** Of an object: changed or new members, and removed members. */
  | { readonly changed?: Members; readonly removed?: readonly string[] };

export interface Splice {
  readonly at: number;
  readonly removed: number;
  readonly added: readonly unknown[];
}

type Members = Readonly<Record<string, StatePatch>>;

/** The states are JSON; any other value becomes `to`, and the event's own check refuses it. */
export function differenceOf(before: unknown, after: unknown): StatePatch {
  return difference(before, after) ?? {};
}

/** Undefined where nothing changes. */
function difference(before: unknown, after: unknown): StatePatch | undefined {
  if (before === after) return undefined;
  if (Array.isArray(before) && Array.isArray(after)) return arrayDifference(before, after);
  if (isRecord(before) && isRecord(after)) return recordDifference(before, after);
  if (isText(before) && isText(after) && before !== '' && after.startsWith(before)) {
    return { appended: after.slice(before.length) };
  }
  return { to: after };
}

function recordDifference(
  before: Record<string, unknown>,
  after: Record<string, unknown>,
): StatePatch | undefined {
  const changed = Object.keys(after).flatMap((key) => {
    const patch = Object.hasOwn(before, key)
      ? difference(before[key], after[key])
      : { to: after[key] };
    return patch ? [[key, patch] as const] : [];
  });
  const removed = Object.keys(before).filter((key) => !Object.hasOwn(after, key));
  if (changed.length + removed.length === 0) return undefined;
  return {
    ...(changed.length > 0 && { changed: Object.fromEntries(changed) }),
    ...(removed.length > 0 && { removed }),
  };
}

/**
 * Equal items at both ends stay. Those in between are compared item by item if their number is equal, else replaced.
 */
function arrayDifference(
  before: readonly unknown[],
  after: readonly unknown[],
): StatePatch | undefined {
  const shorter = Math.min(before.length, after.length);
  let at = 0;
  while (at < shorter && isSame(before[at], after[at])) at++;
  let behind = 0;
  while (behind < shorter - at && isSame(before.at(-1 - behind), after.at(-1 - behind))) behind++;
  const added = after.slice(at, after.length - behind);
  const removed = before.length - behind - at;
  if (added.length + removed === 0) return undefined;
  if (added.length !== removed) return { splice: { at, removed, added } };
  const items = added.flatMap((item, offset) => {
    const patch = difference(before[at + offset], item);
    return patch ? [[at + offset, patch] as const] : [];
  });
  return { items };
}

/** Compares directly, because an empty difference would be computed again on every level. */
function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((item, index) => isSame(item, other[index]));
  }
  if (!isRecord(one) || !isRecord(other)) return false;
  const keys = Object.keys(one);
  return (
    keys.length === Object.keys(other).length &&
    keys.every((key) => Object.hasOwn(other, key) && isSame(one[key], other[key]))
  );
}

/** The state after a patch. Unchanged parts are shared with the state before. */
export function applyPatch(before: unknown, patch: StatePatch): unknown {
  if ('to' in patch) return patch.to;
  if ('appended' in patch) return `${before}${patch.appended}`;
  if ('items' in patch) {
    const items = asArray(before).slice();
    for (const [index, own] of patch.items) items[index] = applyPatch(items[index], own);
    return items;
  }
  if ('splice' in patch) {
    const { at, removed, added } = patch.splice;
    const items = asArray(before);
    return [...items.slice(0, at), ...added, ...items.slice(at + removed)];
  }
  return patchedRecord(before, patch);
}

function patchedRecord(
  before: unknown,
  {
    changed = {},
    removed = [],
  }: { readonly changed?: Members; readonly removed?: readonly string[] },
): unknown {
  const names = Object.keys(changed);
  if (names.length + removed.length === 0) return before;
  const members = isRecord(before) ? before : {};
  const gone = new Set(removed);
  const kept =
    removed.length === 0
      ? members
      : Object.fromEntries(Object.entries(members).filter(([key]) => !gone.has(key)));
  // Spreading defines members, so `__proto__` is one like any other.
  const next = names.map((key) => [key, applyPatch(ownValue(members, key), changed[key] ?? {})]);
  return { ...kept, ...Object.fromEntries(next) };
}

function asArray(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error('The patch is one of an array.');
  return value;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

/** False for a Date or a Map, which JSON cannot represent. */
function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
