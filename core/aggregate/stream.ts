/**
 * Names of streams and objects. A stream is one aggregate's history, `order/o-1`; its object is `tenant/order/o-1`. No
 * part can contain a slash or an at sign, so every name is parsed in one way.
 */

/** Tenants, aggregate types and ids. `.` and `..` are refused: a URL could never carry them. */
const IDENTIFIER = /^(?!\.{1,2}$)[A-Za-z0-9._~-]{1,128}$/;

/** What ids begin with: `.` and `..`, too. */
export const IDENTIFIER_START = /^[A-Za-z0-9._~-]{1,128}$/;

export const IDENTIFIER_RULE = '1 to 128 of the characters A-Z a-z 0-9 . _ ~ -';

export function isIdentifier(text: string): boolean {
  return IDENTIFIER.test(text);
}

/** The tenant of an app that names no other. */
export const DEFAULT_TENANT = 'main';

/** The parts of an aggregate's object name. */
export interface StreamAddress {
  readonly tenant: string;
  readonly aggregate: string;
  readonly id: string;
}

export function streamName(address: Pick<StreamAddress, 'aggregate' | 'id'>): string {
  return `${address.aggregate}/${address.id}`;
}

/** Whether a stream is of an aggregate type, for an index. Both are SQL expressions; `0` comes after the slash. */
export function isOfAggregateSql(stream: string, aggregate: string): string {
  return `(${stream} >= ${aggregate} || '/' AND ${stream} < ${aggregate} || '0')`;
}

export function objectName(tenant: string, stream: string): string {
  return `${tenant}/${stream}`;
}

/** Undefined when the text is not `aggregate/id`. */
export function parseStreamName(text: string): Omit<StreamAddress, 'tenant'> | undefined {
  const [aggregate = '', id = '', ...rest] = text.split('/');
  const isName = rest.length === 0 && isIdentifier(aggregate) && isIdentifier(id);
  return isName ? { aggregate, id } : undefined;
}

/** Undefined when the text is not a stream name. */
export function aggregateOf(stream: string): string | undefined {
  return parseStreamName(stream)?.aggregate;
}

/** Undefined when the text is not `tenant/aggregate/id`. */
export function parseObjectName(text: string): StreamAddress | undefined {
  const slash = text.indexOf('/');
  const tenant = text.slice(0, slash);
  const stream = parseStreamName(text.slice(slash + 1));
  return stream && isIdentifier(tenant) ? { tenant, ...stream } : undefined;
}

/** A point in a stream that a query can be asked to include: `order/o-1@7`. */
export interface ConsistencyToken {
  readonly stream: string;
  readonly version: number;
}

export function formatToken(token: ConsistencyToken): string {
  return `${token.stream}@${token.version}`;
}

/** Undefined when the text is not a token. */
export function parseToken(text: string): ConsistencyToken | undefined {
  const [stream = '', version = '', ...rest] = text.split('@');
  const isVersion = rest.length === 0 && /^(0|[1-9]\d{0,14})$/.test(version);
  return isVersion && parseStreamName(stream) ? { stream, version: Number(version) } : undefined;
}
