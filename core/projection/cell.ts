/**
 * Cells of read models. A value is checked and encoded as its stored form in one place, when a handler makes a row
 * change; folding, keys, comparisons, cursors and SQL work on stored forms. A value that the column cannot store
 * exactly is refused with table, column, the kind of the value (never the value) and the remedy.
 */
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import { isJson } from '../values/json.ts';

/** A value as the database stores it. */
export type StoredValue = string | number | null;

export interface CellCodec {
  /** `orders.netCents`: for messages. */
  readonly place: string;
  /**
   * The stored form of a value.
   *
   * @throws Error when the column does not take the value
   */
  readonly encode: (value: unknown) => StoredValue;
  /**
   * Of an open personal column, whose changes have sealed values: the stored form of the opened value.
   *
   * @throws Error when the column does not take the value
   */
  readonly opened?: (value: unknown) => StoredValue;
  /** The value of a stored form, as queries return it. */
  readonly decode: (stored: StoredValue) => unknown;
  /** The stored form of a bound, for comparisons. Not rounded: 10:00:00.500 lies between two cells of whole seconds. */
  readonly encodeBound: (value: unknown) => StoredValue;
  /** Integers grow: a sum of fractions depends on the order in which they are added. */
  readonly canGrow: boolean;
  /** Whether `min` and `max` can compare its values. */
  readonly hasOrder: boolean;
  /** Whether two cells are equal exactly if their texts are equal, as a key requires. */
  readonly canBeKey: boolean;
  /** Identifies the encoding: it differs where the same stored form means another value. */
  readonly storage: string;
}

/** How a kind of column stores values. */
interface Storage {
  /** The accepted values, for messages. */
  readonly takes: string;
  /** The stored form; undefined for a value that the column does not take. Never gets null. */
  readonly stored: (value: unknown) => StoredValue | undefined;
  readonly bound?: (value: unknown) => StoredValue | undefined;
  readonly canGrow?: true;
  readonly hasOrder?: true;
  readonly isInexact?: true;
}

const wholeNumber: Storage = {
  takes: 'a whole number up to 2^53 - 1',
  stored: (value) => (Number.isSafeInteger(value) ? withoutMinusZero(value) : undefined),
  canGrow: true,
  hasOrder: true,
};

const decimalNumber: Storage = {
  takes: 'a finite number',
  stored: (value) => (Number.isFinite(value) ? withoutMinusZero(value) : undefined),
  hasOrder: true,
  isInexact: true,
};

/** A lone surrogate is not a character: SQLite would replace it, and two keys could become equal. */
const wellFormedText: Storage = {
  takes:
    'a text without half of a surrogate pair (cut texts by code points, or use toWellFormed())',
  stored: (value) => (typeof value === 'string' && value.isWellFormed() ? value : undefined),
  hasOrder: true,
};

const trueOrFalse: Storage = {
  takes: 'true or false',
  stored: (value) => (typeof value === 'boolean' ? Number(value) : undefined),
};

const milliseconds: Storage = {
  takes: 'a valid Date',
  stored: (value) => timeOf(value),
};

const seconds: Storage = {
  takes: 'a valid Date',
  stored: (value) => thousandth(timeOf(value), Math.floor),
  bound: (value) => thousandth(timeOf(value), (exact) => exact),
};

const json: Storage = {
  takes: 'a value that JSON carries: no undefined, bigint, Date, NaN or class instance',
  stored: (value) => (isJson(value) ? JSON.stringify(value) : undefined),
};

/** SQLite stores it as a number, with 15 digits; more would be rounded. */
const NUMERIC_TEXT = /^-?(0|[1-9]\d*)(\.\d+)?$/;
const NUMERIC_DIGITS_MAX = 15;

const numericText: Storage = {
  takes: `a decimal number as text, with at most ${NUMERIC_DIGITS_MAX} digits`,
  stored: (value) => (isShortDecimal(value) ? withoutMinusZero(Number(value)) : undefined),
  bound: (value) => (Number.isFinite(Number(value)) ? Number(value) : undefined),
  hasOrder: true,
};

function oneOf(texts: readonly string[]): Storage {
  return {
    takes: `one of ${texts.join(', ')}`,
    stored: (value) => texts.find((text) => text === value),
    hasOrder: true,
  };
}

/** A custom column stores what its SQL type stores. */
function custom(column: SQLiteColumn): Storage | undefined {
  const inner = CUSTOM_STORAGE[column.getSQLType().toLowerCase()];
  if (!inner) return undefined;
  return {
    takes: `a value whose driver form is ${inner.takes}`,
    stored: (value) => inner.stored(column.mapToDriverValue(value)),
  };
}

const CUSTOM_STORAGE: Readonly<Record<string, Storage>> = {
  text: wellFormedText,
  integer: wholeNumber,
  real: decimalNumber,
};

/** Undefined for a column whose stored form JSON cannot represent: every value is sent to D1 as JSON. */
function storageOf(column: SQLiteColumn): Storage | undefined {
  switch (column.columnType) {
    case 'SQLiteText':
      return column.enumValues?.length ? oneOf(column.enumValues) : wellFormedText;
    case 'SQLiteInteger':
      return wholeNumber;
    case 'SQLiteReal':
    case 'SQLiteNumericNumber':
      return decimalNumber;
    case 'SQLiteNumeric':
      return numericText;
    case 'SQLiteBoolean':
      return trueOrFalse;
    case 'SQLiteTimestamp':
      return isInSeconds(column) ? seconds : milliseconds;
    case 'SQLiteTextJson':
      return json;
    case 'SQLiteCustomColumn':
      return custom(column);
    default:
      return undefined;
  }
}

/** @throws Error for a column that cannot be stored exactly, as blobs and big integers */
export function cellOf(table: string, name: string, column: SQLiteColumn): CellCodec {
  const place = `${table}.${name}`;
  const storage = storageOf(column);
  if (!storage) {
    throw new Error(
      `${place} is ${column.getSQLType()} of ${column.dataType}, which JSON does not carry: use integer() or text().`,
    );
  }
  const { stored, bound = stored } = storage;
  const encoderBy = (form: Storage['stored']) => (value: unknown) => {
    if (value === null && !column.notNull) return null;
    const encoded = value === null ? undefined : form(value);
    if (encoded === undefined) throw new CellRefused(place, value, storage.takes);
    return encoded;
  };
  return {
    place,
    encode: encoderBy(stored),
    // drizzle does not map null either.
    decode: (value) => (value === null ? null : column.mapFromDriverValue(value)),
    encodeBound: encoderBy(bound),
    canGrow: storage.canGrow ?? false,
    hasOrder: storage.hasOrder ?? false,
    canBeKey: !storage.isInexact,
    storage: [column.columnType, column.getSQLType(), Reflect.get(column, 'mode')].join(' ').trim(),
  };
}

/** Names the kind of the value, never the value, which may be personal data. */
class CellRefused extends Error {
  constructor(place: string, value: unknown, takes: string) {
    super(`${place} was given ${kindOf(value)}: give ${takes}.`);
  }
}

/** For messages: never the value itself. */
export function kindOf(value: unknown): string {
  switch (typeof value) {
    case 'undefined':
      return 'undefined';
    case 'number':
      return numberKind(value);
    case 'string':
      return value.isWellFormed() ? 'a text' : 'a text with half of a surrogate pair';
    case 'object':
      return value === null ? 'null' : objectKind(value);
    default:
      return `a ${typeof value}`;
  }
}

function numberKind(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (!Number.isInteger(value)) return 'a fraction';
  return Number.isSafeInteger(value) ? 'a whole number' : 'a whole number beyond 2^53 - 1';
}

function objectKind(value: object): string {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'an invalid Date' : 'a Date';
  if (value instanceof Promise) return 'a Promise';
  return Array.isArray(value) ? 'an array' : 'an object';
}

/** SQLite has one zero; JavaScript distinguishes `-0` and `0`. */
function withoutMinusZero(value: unknown): number {
  return Number(value) + 0;
}

function timeOf(value: unknown): number | undefined {
  if (!(value instanceof Date)) return undefined;
  const time = value.getTime();
  return Number.isNaN(time) ? undefined : time;
}

function thousandth(
  ms: number | undefined,
  rounded: (exact: number) => number,
): number | undefined {
  return ms === undefined ? undefined : rounded(ms / 1_000);
}

function isInSeconds(column: SQLiteColumn): boolean {
  return Reflect.get(column, 'mode') === 'timestamp';
}

function isShortDecimal(value: unknown): boolean {
  if (typeof value !== 'string' || !NUMERIC_TEXT.test(value)) return false;
  return value.replace(/^-?0\.0*|[-.]/g, '').length <= NUMERIC_DIGITS_MAX;
}
