/** Where things are under `/v1`, and how a query's input is written in an address. Pure. */

type Input = Readonly<Record<string, unknown>>;

export function commandPath(aggregate: string, id: string, command: string): string {
  return `/v1/commands/${[aggregate, id, command].map(encodeURIComponent).join('/')}`;
}

export function statePath(aggregate: string, id: string, moment: Input): string {
  return `/v1/aggregates/${[aggregate, id].map(encodeURIComponent).join('/')}${search(moment)}`;
}

export function queryPath(name: string, input: Input): string {
  return `/v1/queries/${encodeURIComponent(name)}${search(input)}`;
}

/** Each part of a key is encoded on its own: the commas between them stay. */
export function rowPath(name: string, key: unknown): string {
  const parts = [key].flat().map((part) => encodeURIComponent(plain(part)));
  return `/v1/queries/${encodeURIComponent(name)}/${parts.join(',')}`;
}

function search(input: Input): string {
  const parameters = new URLSearchParams(writtenInput(input)).toString();
  return parameters === '' ? '' : `?${parameters}`;
}

/** Each value as it stands in an address; what is undefined is left out. */
export function writtenInput(input: Input): Record<string, string> {
  const sent = Object.entries(input).filter(([, value]) => value !== undefined);
  return Object.fromEntries(sent.map(([name, value]) => [name, written(value)]));
}

/** A comma within a value of a list is `\,`, a backslash `\\`; one empty text is `\e`, for no text is an empty list. */
function written(value: unknown): string {
  if (!Array.isArray(value)) return plain(value);
  const items = value.map((item) => plain(item).replace(/[\\,]/g, '\\$&'));
  return items.length === 1 && items[0] === '' ? '\\e' : items.join(',');
}

export function plain(value: unknown): string {
  return value instanceof Date ? value.toISOString() : String(value);
}
