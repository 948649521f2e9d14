/** Expectations of the test kits, as JSON. */
import { openedForTests } from './sealed-for-tests.ts';

/** @throws Error with both values, line by line, when their JSON differs; personal data is plain in both */
export function expectSame(what: string, expected: unknown, actual: unknown): void {
  const [wanted, found] = [shown(expected), shown(actual)];
  if (wanted.join('\n') === found.join('\n')) return;
  throw new Error([`${what} (- expected, + actual)`, ...difference(wanted, found)].join('\n'));
}

/** The lines between the common beginning and the common end differ. */
function difference(wanted: readonly string[], found: readonly string[]): string[] {
  const shorter = Math.min(wanted.length, found.length);
  let [head, tail] = [0, 0];
  while (head < shorter && wanted[head] === found[head]) head++;
  while (tail < shorter - head && wanted.at(-1 - tail) === found.at(-1 - tail)) tail++;
  return [
    ...wanted.slice(0, head).map((line) => `  ${line}`),
    ...wanted.slice(head, wanted.length - tail).map((line) => `- ${line}`),
    ...found.slice(head, found.length - tail).map((line) => `+ ${line}`),
    ...wanted.slice(wanted.length - tail).map((line) => `  ${line}`),
  ];
}

/** @throws Error that shows the value */
export function fail(what: string, value: unknown): never {
  throw new Error([`${what}:`, ...shown(value)].join('\n'));
}

/** A value's lines, the same for equal values. */
function shown(value: unknown): string[] {
  return String(JSON.stringify(openedForTests(value), plain, 2)).split('\n');
}

/** Sorts keys, and replaces values that JSON cannot represent with a description. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return { bigint: String(value) };
  if (typeof value === 'number' && !Number.isFinite(value)) return { number: String(value) };
  if (value instanceof Map) return { Map: [...value] };
  if (value instanceof Set) return { Set: [...value] };
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
