/**
 * What clients did and what they were answered, as JSON lines: an operation is invoked, and later it is `ok`, failed
 * (`fail`: it has certainly not been done) or its end is `unknown`. One process writes them all, so the order of the
 * lines is the order of time.
 */
import * as z from 'zod';
import { parsePosition } from '../../core/plan/journal-position.ts';
import { relayMessage } from '../../core/protocol/relay-message.ts';
import { credentialWanted, frameAnswer } from './credential-lines.ts';

/** As the API answers it. */
export const storedEvent = relayMessage.shape.events.element;
/** The place in the journal, of a position as the API answers it or of one that was read before. */
export function placeIn(position: unknown): unknown {
  return typeof position === 'string' ? parsePosition(position)?.position : position;
}

const place = z.preprocess(placeIn, z.int());
export const journalEvent = storedEvent.extend({ position: place });

const version = z.int().min(0);
const row = z.record(z.string(), z.unknown());

/** Left out: the client may see and do everything. */
const by = { credential: z.string().exactOptional() };

/** What a client wants. */
const command = z.strictObject({
  ...by,
  kind: z.literal('command'),
  stream: z.string(),
  command: z.string(),
  data: z.unknown(),
  key: z.string().exactOptional(),
  expectedVersion: version.exactOptional(),
});
const state = z.strictObject({ ...by, kind: z.literal('state'), stream: z.string() });
/** All there is after a version. */
const events = z.strictObject({
  ...by,
  kind: z.literal('events'),
  stream: z.string(),
  after: version,
});
/** A read model's rows, all of them or the one with the key, and the tokens that were sent. */
const rows = z.strictObject({
  ...by,
  kind: z.literal('rows'),
  projection: z.string(),
  key: z.string().exactOptional(),
  tokens: z.array(z.string()),
});
/** The journal after a position. */
const follow = z.strictObject({ ...by, kind: z.literal('follow'), after: z.int() });

const { issue, withdraw, suspend, resume, frame } = credentialWanted;

export const wanted = z.discriminatedUnion('kind', [
  command,
  state,
  events,
  rows,
  follow,
  issue,
  withdraw,
  suspend,
  resume,
  frame,
]);

export type Wanted = z.output<typeof wanted>;
export type Command = z.output<typeof command>;

/** What each kind is answered when it is `ok`. A state at version 0 is that of a stream without events. */
export const answers = {
  command: z.object({ version, events: z.array(storedEvent) }),
  state: z.object({ version, state: z.unknown() }),
  events: z.object({ events: z.array(storedEvent) }),
  /** With the count of all rows where one was wanted. */
  rows: z.object({ rows: z.array(row), count: z.int().exactOptional() }),
  follow: z.object({ events: z.array(journalEvent), after: place }),
  issue: z.object({}),
  withdraw: z.object({}),
  suspend: z.object({}),
  resume: z.object({}),
  frame: frameAnswer,
} as const;

export type Answers = { readonly [K in keyof typeof answers]: z.output<(typeof answers)[K]> };

/** Why it was not done: the problem's kind, and the domain's reason when that was it. */
const failure = z.object({ outcome: z.string(), reason: z.string().exactOptional() });

const beginning = {
  process: z.string(),
  id: z.int(),
  /** Milliseconds since the recording began. */
  atMs: z.number(),
};

const line = z.discriminatedUnion('type', [
  z.strictObject({ ...beginning, type: z.literal('invoke'), wanted }),
  z.strictObject({ ...beginning, type: z.literal('ok'), answer: z.unknown() }),
  z.strictObject({ ...beginning, type: z.literal('fail'), answer: failure }),
  z.strictObject({ ...beginning, type: z.literal('unknown') }),
]);

export type Line = z.output<typeof line>;

type Kind = Wanted['kind'];

/** One operation from its beginning to its end, both as places in the history. */
export interface Operation<K extends Kind = Kind> {
  readonly process: string;
  readonly invoked: number;
  /** Infinity while its end is not known: it may take effect at any time after its beginning. */
  readonly completed: number;
  /** The times of both. */
  readonly invokedAtMs: number;
  readonly completedAtMs: number;
  readonly wanted: Extract<Wanted, { kind: K }>;
  readonly answer?: Answers[K];
  readonly failure?: z.output<typeof failure>;
}

/** The operations by what they are, in the order of their beginnings. */
export type History = { readonly [K in Kind]: readonly Operation<K>[] };

/** @throws Error that names the line when one is not as it should be */
export function parseHistory(text: string): History {
  const lines = text.split('\n').map(parseLine);
  return historyOf(lines.filter((one) => one !== undefined));
}

/** Empty lines count for nothing. */
function parseLine(text: string, index: number): Line | undefined {
  if (text === '') return undefined;
  try {
    return line.parse(JSON.parse(text));
  } catch (error) {
    throw new Error(`Line ${index + 1} is not a line of a history: ${error}`);
  }
}

/** @throws Error when an operation ends that has not begun, or ends twice */
export function historyOf(lines: readonly Line[]): History {
  const open = new Map<number, Operation>();
  const all: Operation[] = [];
  for (const [place, { id, process, atMs, ...one }] of lines.entries()) {
    if (one.type === 'invoke') {
      const times = { invokedAtMs: atMs, completedAtMs: Infinity };
      const { wanted } = one;
      const operation = { process, invoked: place, completed: Infinity, ...times, wanted };
      open.set(id, operation);
      all.push(operation);
      continue;
    }
    const begun = open.get(id);
    if (!begun) throw new Error(`Line ${place + 1} ends operation ${id}, which is not under way.`);
    open.delete(id);
    Object.assign(begun, ended(begun, { completed: place, completedAtMs: atMs }, one));
  }
  return {
    command: all.filter(is('command')),
    state: all.filter(is('state')),
    events: all.filter(is('events')),
    rows: all.filter(is('rows')),
    follow: all.filter(is('follow')),
    issue: all.filter(is('issue')),
    withdraw: all.filter(is('withdraw')),
    suspend: all.filter(is('suspend')),
    resume: all.filter(is('resume')),
    frame: all.filter(is('frame')),
  };
}

type Ending = { type: 'ok'; answer: unknown } | { type: 'fail'; answer: object } | object;

type End = Pick<Operation, 'completed' | 'completedAtMs'>;

function ended({ wanted }: Operation, end: End, ending: Ending): object {
  if (!('answer' in ending)) return {};
  if ('type' in ending && ending.type === 'fail') {
    return { ...end, failure: ending.answer };
  }
  return { ...end, answer: answers[wanted.kind].parse(ending.answer) };
}

function is<K extends Kind>(kind: K) {
  return (one: Operation): one is Operation<K> & Operation => one.wanted.kind === kind;
}
