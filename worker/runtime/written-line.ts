/**
 * What is written of a line of the log. The only way from a line to the log, so that neither an id that a caller chose
 * nor the message of an error can take another.
 */
import { createHash } from 'node:crypto';
import { aggregateOf } from '../../core/aggregate/stream.ts';
import { errorText } from '../../core/failures/error-text.ts';
import type { Log, LogLine } from '../../core/failures/log-line.ts';
import { errorOrigin } from './error-origin.ts';

/** A line as it is written: JSON. */
export type WrittenLine = Readonly<Record<string, unknown>>;

export type LineWriter = (level: Parameters<Log>[0], line: WrittenLine) => void;

/** Enough to tell a million apart, too little to be looked up elsewhere. */
const HASH_DIGITS = 12;

type PlainField = Exclude<keyof LogLine, 'error'>;

type Fields = { readonly [Field in PlainField]: (value: unknown) => unknown };

const asIs = (value: unknown) => value;

/** Total: a field that is not here is not written. */
const fields: Fields = {
  operation: asIs,
  note: asIs,
  tenant: asIs,
  principal: (value) => shortHash(String(value)),
  stream: (value) => streamWithoutId(String(value)),
  source: (value) => streamWithoutId(String(value)),
  timer: (value) => shortHash(String(value)),
  action: asIs,
  actionName: asIs,
  command: asIs,
  type: asIs,
  projection: asIs,
  generation: asIs,
  query: asIs,
  inbound: asIs,
  schedule: asIs,
  route: asIs,
  method: asIs,
  members: asIs,
  issuer: asIs,
  outcome: asIs,
  aggregate: asIs,
  database: asIs,
  queue: asIs,
  alert: asIs,
  state: asIs,
  cause: asIs,
  remedy: asIs,
  status: asIs,
  durationMs: asIs,
  attempt: asIs,
  version: asIs,
  shard: asIs,
  incidents: asIs,
  parked: asIs,
  percent: asIs,
  daysLeft: asIs,
  events: asIs,
  seconds: asIs,
  messages: asIs,
  epoch: asIs,
  revision: asIs,
  common: asIs,
  after: asIs,
  upTo: asIs,
  isForeign: asIs,
  message: asIs,
  kind: asIs,
};

export function writtenLine(line: LogLine): WrittenLine {
  // The keys of `fields`, which are the fields of a line.
  const names = Object.keys(fields) as PlainField[];
  const given = names.filter((name) => line[name] !== undefined);
  const plain = Object.fromEntries(given.map((name) => [name, fields[name](line[name])]));
  return 'error' in line ? { ...plain, ...errorOrigin(line.error) } : plain;
}

/** `showsMessages`: in local development the developer's own log has the messages of errors too. */
export function logTo(write: LineWriter, showsMessages: () => boolean): Log {
  return (level, line) => {
    const shown = 'error' in line && showsMessages() && { message: errorText(line.error) };
    write(level, { ...writtenLine(line), ...shown });
  };
}

/** `order/#3f2a9c01b2d4`: the same stream is the same text in every line. */
export function streamWithoutId(stream: string): string {
  return `${aggregateOf(stream) ?? ''}/#${shortHash(stream)}`;
}

/** @example shortHash('order/o-1') // the same as `printf order/o-1 | sha256sum | cut -c1-12` */
export function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, HASH_DIGITS);
}
