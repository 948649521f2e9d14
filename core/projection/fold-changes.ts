/**
 * Folds many changes of a row into one with the same effect: however a history is divided into batches, the rows are
 * equal.
 */
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

/** SQL cannot express such a change. */
function changesNothing(change: RowChange): boolean {
  return change.kind === 'patch' && changedColumns(change).length === 0;
}

/**
 * Equal for two changes of the same row. By the physical table, because two versions of a projection share a table
 * name.
 */
export function rowId({ table, key }: Pick<RowChange, 'table' | 'key'>): string {
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

/** After an insert or an upsert the row exists, so that a patch of it applies. */
function canFold(first: RowChange, second: RowChange): boolean {
  if (first.kind === 'remove' || second.kind === 'remove' || second.kind === 'insert') return false;
  if (first.kind === 'patch' && second.kind === 'upsert') return false;
  return (
    operations.every((operation) =>
      Object.keys(second[operation]).every((name) => canJoin(first, operation, name)),
    ) && Object.keys(second.add).every((name) => isExact(addition(first, second, name)))
  );
}

/** One statement applies one operation to a column, and a new row starts from it without the column's default. */
function canJoin(first: RowChange, operation: Operation, name: string): boolean {
  if (isKnown(first, name) || Object.hasOwn(first[operation], name)) return true;
  if (operations.some((other) => Object.hasOwn(first[other], name))) return false;
  const { defaults } = first.table;
  if (first.kind === 'patch' || !Object.hasOwn(defaults, name)) return true;
  return operation === 'add' && defaults[name] === 0;
}

/** Whether the change alone determines the column's value. */
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

/** The additions of two changes to a column as one, or the sum if the first change sets the column. */
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

/** A value that replaces additions keeps their swing: the database may refuse one of them. */
function swingKept(change: RowChange, name: string): RowChange['swing'] {
  if (!Object.hasOwn(change.add, name)) return change.swing;
  return { ...change.swing, [name]: swingOf(change, name) };
}

/** The lowest and highest value, relative to its start, that a change leads a column through. */
export function swingOf({ add, swing }: RowChange, name: string): Swing {
  return swing[name] ?? swingTo(add[name] ?? 0);
}

function swingTo(sum: number): Swing {
  return { low: Math.min(0, sum), high: Math.max(0, sum) };
}

/** Beyond 2^53 - 1 JavaScript rounds. Such additions are not folded, and the database refuses the second. */
function isExact({ sum, low, high }: Addition): boolean {
  return [sum, low, high].every(Number.isSafeInteger);
}

/** Adds to a value that this batch has set; otherwise keeps the addition for SQL. */
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

/** Applies the operation to a value that this batch has set, or to a new row; otherwise keeps it for SQL. */
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

/** Joins the first layers of all stacks, then the second ones, and so on. A layer is one item or a list. */
export function zipLayers<One>(stacks: readonly (readonly (One | readonly One[])[])[]): One[][] {
  const depth = stacks.reduce((most, layers) => Math.max(most, layers.length), 0);
  return Array.from({ length: depth }, (_, layer) =>
    stacks.flatMap((layers): readonly One[] | One => layers[layer] ?? []),
  );
}
