/** Folding: many changes of a row as one that means the same. Whatever batches a history is cut into, the same rows result. */
import { getTableName } from 'drizzle-orm';
import { comesBefore } from '../values/compare-values.ts';
import type { StoredValue } from './cell.ts';
import type { RowChange, Swing } from './row-change.ts';
import { changedColumns } from './row-input.ts';

/**
 * Folds changes of one tenant so that each row is written once where that is possible: a hundred events on one row
 * cost one row written. What cannot be folded into the change before it (a row removed and inserted again) goes into
 * a later layer; layers are applied in order, within a layer the order does not matter.
 */
export function foldChanges(changes: readonly RowChange[]): RowChange[][] {
  const rows = new Map<string, RowChange[]>();
  for (const change of changes) {
    if (changesNothing(change)) continue;
    const id = rowId(change);
    const earlier = rows.get(id) ?? [];
    rows.set(id, foldInto(earlier, change));
  }
  return zipLayers([...rows.values()]);
}

/** SQL has no word for it. */
function changesNothing(change: RowChange): boolean {
  return change.kind === 'patch' && changedColumns(change).length === 0;
}

/** The same for two changes of the same row. Two versions of a projection have tables of one name, but not one table. */
export function rowId({ table, key }: RowChange): string {
  return JSON.stringify([
    getTableName(table.table),
    ...table.definition.key.map((name) => key[name]),
  ]);
}

function foldInto(earlier: RowChange[], change: RowChange): RowChange[] {
  const last = earlier.at(-1);
  return last && canFold(last, change)
    ? [...earlier.slice(0, -1), foldTwo(last, change)]
    : [...earlier, change];
}

/** After an insert or an upsert the row is there, so a patch of it is sure to land. */
function canFold(first: RowChange, second: RowChange): boolean {
  if (first.kind === 'remove' || second.kind === 'remove' || second.kind === 'insert') return false;
  if (first.kind === 'patch' && second.kind === 'upsert') return false;
  return (
    operations.every((operation) =>
      Object.keys(second[operation]).every((name) => canJoin(first, operation, name)),
    ) && Object.keys(second.add).every((name) => isExact(addition(first, second, name)))
  );
}

/** One statement does one thing to a column, and begins a new row with that, not with the column's default as well. */
function canJoin(first: RowChange, operation: Operation, name: string): boolean {
  if (isKnown(first, name) || Object.hasOwn(first[operation], name)) return true;
  if (operations.some((other) => Object.hasOwn(first[other], name))) return false;
  const { defaults } = first.table;
  if (first.kind === 'patch' || !Object.hasOwn(defaults, name)) return true;
  return operation === 'add' && defaults[name] === 0;
}

/** Whether the change alone says what the column holds after it. */
function isKnown({ kind, set }: RowChange, name: string): boolean {
  return kind === 'insert' || Object.hasOwn(set, name);
}

type Operation = 'add' | 'min' | 'max';

const operations: readonly Operation[] = ['add', 'min', 'max'];

function foldTwo(first: RowChange, second: RowChange): RowChange {
  let folded = first;
  for (const [name, value] of Object.entries(second.set)) folded = withSet(folded, name, value);
  for (const name of Object.keys(second.add)) folded = withAddition(folded, second, name);
  for (const [name, value] of Object.entries(second.min)) {
    folded = withOperation(folded, 'min', name, value, smaller);
  }
  for (const [name, value] of Object.entries(second.max)) {
    folded = withOperation(folded, 'max', name, value, larger);
  }
  return folded;
}

interface Addition extends Swing {
  readonly sum: number;
}

/** Two changes' additions to a column as one; or, where the first says what it holds, what it then holds. */
function addition(first: RowChange, second: RowChange, name: string): Addition {
  const start = Number((isKnown(first, name) ? first.set : first.add)[name] ?? 0);
  const before = isKnown(first, name) ? { low: start, high: start } : swingOf(first, name);
  const { low, high } = swingOf(second, name);
  return {
    sum: start + Number(second.add[name]),
    low: Math.min(before.low, start + low),
    high: Math.max(before.high, start + high),
  };
}

/** A value that replaces additions does not undo that one of them may have been refused. */
function swingKept(change: RowChange, name: string): RowChange['swing'] {
  if (!Object.hasOwn(change.add, name)) return change.swing;
  return { ...change.swing, [name]: swingOf(change, name) };
}

/** How far below and above its start a change leads a column, the start included. */
export function swingOf({ add, swing }: RowChange, name: string): Swing {
  return swing[name] ?? swingTo(add[name] ?? 0);
}

function swingTo(sum: number): Swing {
  return { low: Math.min(0, sum), high: Math.max(0, sum) };
}

/** Beyond 2^53 - 1 JavaScript rounds. Additions that meet there stay apart, and the database refuses the second. */
function isExact({ sum, low, high }: Addition): boolean {
  return [sum, low, high].every(Number.isSafeInteger);
}

/** On a value that this batch has set the addition is done now, else it is kept for SQL. */
function withAddition(change: RowChange, second: RowChange, name: string): RowChange {
  const { sum, low, high } = addition(change, second, name);
  if (isKnown(change, name)) return { ...change, set: { ...change.set, [name]: sum } };
  const direct = swingTo(sum);
  const isDirect = low === direct.low && high === direct.high;
  const swing = without(change.swing, name);
  return {
    ...change,
    add: { ...change.add, [name]: sum },
    swing: isDirect ? swing : { ...swing, [name]: { low, high } },
  };
}

function withSet(change: RowChange, name: string, value: StoredValue): RowChange {
  return {
    ...change,
    set: { ...change.set, [name]: value },
    add: without(change.add, name),
    swing: swingKept(change, name),
    min: without(change.min, name),
    max: without(change.max, name),
  };
}

/** On a value this batch has set (or on a fresh row's nothing) the operation is done now, else it is kept for SQL. */
function withOperation(
  change: RowChange,
  operation: 'min' | 'max',
  name: string,
  value: StoredValue,
  combine: Combine,
): RowChange {
  if (isKnown(change, name)) {
    return { ...change, set: { ...change.set, [name]: combine(change.set[name], value) } };
  }
  const held = change[operation];
  const combined = Object.hasOwn(held, name) ? combine(held[name], value) : value;
  return { ...change, [operation]: { ...held, [name]: combined } };
}

function without<Value>(
  values: Readonly<Record<string, Value>>,
  name: string,
): Readonly<Record<string, Value>> {
  if (!Object.hasOwn(values, name)) return values;
  const { [name]: _dropped, ...kept } = values;
  return kept;
}

type Combine = (held: StoredValue | undefined, value: StoredValue) => StoredValue;

function smaller(held: StoredValue | undefined, value: StoredValue): StoredValue {
  return comesBefore(value, held) ? value : (held ?? value);
}

function larger(held: StoredValue | undefined, value: StoredValue): StoredValue {
  return comesBefore(held, value) || held == null ? value : held;
}

/** The first layers of all stacks together, then the second ones, and so on. A layer is one thing or a list of them. */
export function zipLayers<One>(stacks: readonly (readonly (One | readonly One[])[])[]): One[][] {
  const depth = stacks.reduce((most, layers) => Math.max(most, layers.length), 0);
  return Array.from({ length: depth }, (_, layer) =>
    stacks.flatMap((layers): readonly One[] | One => layers[layer] ?? []),
  );
}
