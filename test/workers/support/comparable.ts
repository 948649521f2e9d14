/**
 * Answers of two runs, made comparable: what is drawn at random or read from a clock is replaced, each member by name and
 * with its reason. A name gets a number at its first appearance, so that what refers to it is still compared.
 */
import type { WalkedAnswer } from './tenant-walk.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const KEY_ID = /^[0-9a-f]{24}$/;
const KEY_ADDRESS = /[0-9a-f]{24}/;
const TIME = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;
const KEY_TEXT = /^ledge_\w+$/;
const TICKET = /^ey\S+$/;
const SEQ = /^\S+\.\d+$/;
const DIGEST = /^"[\w-]{22}"$/;
const BOOKMARK = /^s[\w-]{64}$/;
/** As a member, or as a parameter of the address of the next page. */
const POSITION = /\bs[\w-]{42,52}(?![\w-])/;

/** What is one moment or one place in one run is two in another. */
const UNNUMBERED = new Map([
  [TIME, 'a time'],
  [BOOKMARK, 'a bookmark'],
]);

interface Replaced {
  readonly pattern: RegExp;
  readonly why: string;
}

const drawn = (pattern: RegExp, why: string): Replaced => ({ pattern, why });
const clock = (why: string): Replaced => ({ pattern: TIME, why });

/** By the member of a body. A value that does not fit the pattern is compared as it is. */
const MEMBERS: Readonly<Record<string, readonly Replaced[]>> = {
  id: [
    drawn(UUID, 'an event is named by a UUID'),
    drawn(KEY_ID, 'a key is named by its time and chance'),
  ],
  commandId: [drawn(UUID, 'a command without a key is named by a UUID')],
  causationId: [drawn(UUID, 'the name of an event or a command')],
  correlationId: [drawn(UUID, 'the name of a command')],
  request: [drawn(UUID, 'an operation is named by a UUID in the audit trail')],
  target: [drawn(KEY_ADDRESS, 'the audit trail names the key that an operation is about')],
  key: [drawn(KEY_TEXT, 'the secret of a key')],
  ticket: [drawn(TICKET, 'its id and its times')],
  seq: [drawn(SEQ, 'a Live object draws the name of its life')],
  recordedAt: [clock('the time of the command')],
  occurredAt: [clock('the time of the command')],
  time: [clock('the time of the private event')],
  at: [clock('a time of the domain, or of an operation')],
  placedAt: [clock('a column with the time of an event')],
  shippedAt: [clock('a column with the time of an event')],
  startedAt: [clock('a column with the time of an event')],
  changedAt: [clock('a column with the time of an event')],
  issuedAt: [clock('the time of the command')],
  previousUntil: [clock('the time of a rotation and its grace period')],
  parkedAt: [clock('the time of the failure')],
  resolvedAt: [clock('the time of the operation')],
  expiresAt: [clock('a minute from now')],
  position: [drawn(POSITION, 'a sealed position, with four random bytes of its row')],
  after: [drawn(POSITION, 'a sealed position')],
};

const HEADERS: Readonly<Record<string, Replaced>> = {
  'header etag': drawn(DIGEST, 'a digest of rows with times'),
  'header link': drawn(POSITION, 'a sealed position in the address of the next page'),
  'header d1-bookmark': drawn(BOOKMARK, 'a sealed bookmark, another text each time'),
};

/** Answers that differ from run to run for no caller's sake. */
export class Comparison {
  /** The members of which a value was replaced. */
  readonly replaced = new Set<string>();
  readonly #names = new Map<RegExp, Map<string, string>>();

  of({ operation, status, headers, text }: WalkedAnswer): object {
    const kept = Object.entries(headers).map(([name, value]) => {
      const member = `header ${name}`;
      return [name, this.#replace(member, value, HEADERS[member] ? [HEADERS[member]] : [])];
    });
    return {
      operation,
      status,
      headers: Object.fromEntries(kept),
      body: this.#bodyOf(headers['content-type'] ?? '', text),
    };
  }

  #bodyOf(type: string, text: string): unknown {
    if (!/json|event-stream/.test(type) || text === '') return text;
    return text.split('\n').map((line) => {
      const [, name, value = line] = /^(id|data): (.*)$/.exec(line) ?? [];
      if (name === 'id') return this.#value('seq', value);
      return /^[{[]/.test(value) ? this.#value('', JSON.parse(value)) : value;
    });
  }

  #value(member: string, value: unknown): unknown {
    if (Array.isArray(value)) return value.map((one) => this.#value(member, one));
    if (typeof value === 'string') return this.#replace(member, value, MEMBERS[member] ?? []);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).map(([name, one]) => [name, this.#value(name, one)]);
    return Object.fromEntries(entries);
  }

  #replace(member: string, text: string, known: readonly Replaced[]): string {
    const fitting = known.find(({ pattern }) => pattern.test(text));
    if (!fitting) return text;
    this.replaced.add(member);
    return text.replace(fitting.pattern, (found) => this.#named(fitting.pattern, found));
  }

  #named(pattern: RegExp, value: string): string {
    const unnumbered = UNNUMBERED.get(pattern);
    if (unnumbered !== undefined) return unnumbered;
    const names = this.#names.get(pattern) ?? new Map<string, string>();
    this.#names.set(pattern, names);
    const name = names.get(value) ?? `name ${names.size + 1}`;
    names.set(value, name);
    return name;
  }
}

/** Every member that is replaced. */
export const REPLACED = [...Object.keys(MEMBERS), ...Object.keys(HEADERS)];
