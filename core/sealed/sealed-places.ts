/** The sealed values in data: where they are, and the data with others in their place. */
import { isSealed, sealedPrefix } from './sealed.ts';

export type ValuePath = readonly (string | number)[];

export interface SealedPlace {
  readonly text: string;
  readonly path: ValuePath;
  /** The object or list that has it. */
  readonly parent: Readonly<Record<string, unknown>>;
}

export function sealedPlaces(value: unknown, path: ValuePath = [], parent = {}): SealedPlace[] {
  if (typeof value === 'string') return isSealed(value) ? [{ text: value, path, parent }] : [];
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => sealedPlaces(item, [...path, index], value));
  }
  if (!isPlainObject(value)) return [];
  return Object.entries(value).flatMap(([key, part]) => sealedPlaces(part, [...path, key], value));
}

/** Those of one subject alone. */
export function placesOfSubject(value: unknown, subject: string): SealedPlace[] {
  const prefix = sealedPrefix(subject);
  return sealedPlaces(value).filter(({ text }) => text.startsWith(prefix));
}

/** The data with another value for each sealed one. What has none is returned as it is, not copied. */
export function replaceSealed<Value>(value: Value, replace: (text: string) => unknown): Value {
  // What is asked for has other values where the data has sealed ones: its type says so by `Sealed`.
  return replaced(value, replace) as Value;
}

function replaced(value: unknown, replace: (text: string) => unknown): unknown {
  if (typeof value === 'string') return isSealed(value) ? replace(value) : value;
  if (Array.isArray(value)) {
    const items = value.map((item) => replaced(item, replace));
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  if (!isPlainObject(value)) return value;
  const members = Object.entries(value).map(
    ([key, part]) => [key, replaced(part, replace)] as const,
  );
  return members.some(([key, part]) => part !== value[key]) ? Object.fromEntries(members) : value;
}

/** A date of a row is no container. */
function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
