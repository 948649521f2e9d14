/** The paths under `/v1`, and the URL form of a query's input. Pure. */
import { invalid } from './problem.ts';

type Input = Readonly<Record<string, unknown>>;

export function commandPath(aggregate: string, id: string, command: string): string {
  return `/v1/commands/${segments({ aggregate, id, command })}`;
}

export function statePath(aggregate: string, id: string, moment: Input): string {
  return `/v1/aggregates/${segments({ aggregate, id })}${search(moment)}`;
}

export function queryPath(name: string, input: Input): string {
  return `/v1/queries/${segments({ name })}${search(input)}`;
}

/** Each part of a key is encoded on its own: the commas between them stay. */
export function rowPath(name: string, key: unknown): string {
  const parts = [key].flat().map((part) => encodeURIComponent(plain(part)));
  return `/v1/queries/${segments({ name })}/${notDots('key', parts.join(','))}`;
}

function segments(parts: Readonly<Record<string, string>>): string {
  const encoded = Object.entries(parts).map(([at, part]) => notDots(at, encodeURIComponent(part)));
  return encoded.join('/');
}

/** Every URL parser removes `.` and `..` from a path, `%2e` too, so that another request would be sent. */
function notDots(at: string, segment: string): string {
  if (segment !== '.' && segment !== '..') return segment;
  throw invalid(at, `An address cannot carry "${segment}". Choose another ${at}.`);
}

/** Whether a filter is an empty list, which no row matches. */
export function asksForNothing(input: Input): boolean {
  return Object.entries(input).some(
    ([name, value]) => name.endsWith('.in') && Array.isArray(value) && value.length === 0,
  );
}

function search(input: Input): string {
  const parameters = new URLSearchParams(writtenInput(input)).toString();
  return parameters === '' ? '' : `?${parameters}`;
}

/** Each value in its URL form; undefined values are left out. */
export function writtenInput(input: Input): Record<string, string> {
  const sent = Object.entries(input).filter(([, value]) => value !== undefined);
  return Object.fromEntries(sent.map(([name, value]) => [name, written(value)]));
}

/**
 * A comma within an item of a list is `\,`, a backslash `\\`; one empty text is `\e`, because an empty parameter is the
 * empty list.
 */
function written(value: unknown): string {
  if (!Array.isArray(value)) return plain(value);
  const items = value.map((item) => plain(item).replace(/[\\,]/g, '\\$&'));
  return items.length === 1 && items[0] === '' ? '\\e' : items.join(',');
}

export function plain(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'number' ? plainDigits(value) : String(value);
}

/** The server parses plain digits: 1e-7 is sent as 0.0000001. */
function plainDigits(value: number): string {
  const [, sign = '', whole = '', fraction = '', exponent = ''] =
    /^(-?)(\d)\.?(\d*)e(.+)$/.exec(String(value)) ?? [];
  if (exponent === '') return String(value);
  const places = Number(exponent);
  if (places > 0) return sign + (whole + fraction).padEnd(places + 1, '0');
  return `${sign}0.${'0'.repeat(-places - 1)}${whole}${fraction}`;
}
