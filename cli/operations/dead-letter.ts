/** Dead letters as `/v1/dead-letters` tells them, and as text. */
import * as z from 'zod';
import { columns, countText, oneLine } from './plain-text.ts';

export const deadLetter = z.looseObject({
  id: z.string(),
  /** Empty where the stream's delivery failed as a whole. */
  generation: z.string(),
  stream: z.string(),
  version: z.number(),
  type: z.string(),
  error: z.string(),
  attempts: z.number(),
  status: z.string(),
  parkedAt: z.string(),
  resolvedAt: z.string().nullable(),
  actor: z.string().nullable(),
  reason: z.string().nullable(),
});

export const wholeDeadLetter = deadLetter.extend({
  stack: z.string(),
  event: z.unknown(),
  /** In the newest shape; or why it has none. */
  upcast: z.looseObject({ schemaVersion: z.number(), data: z.unknown() }).optional(),
  unreadable: z.string().optional(),
});

export type DeadLetter = z.output<typeof deadLetter>;
export type WholeDeadLetter = z.output<typeof wholeDeadLetter>;

const HEAD = ['id', 'event', 'status', 'attempts', 'parked at', 'error'];
const ERROR_CHARACTERS_MAX = 100;

export function deadLetterTable(deadLetters: readonly DeadLetter[]): string {
  const rows = deadLetters.map(({ id, type, status, attempts, parkedAt, error }) => [
    id,
    type === '' ? '-' : type,
    status,
    String(attempts),
    parkedAt,
    oneLine(error, ERROR_CHARACTERS_MAX),
  ]);
  return columns([HEAD, ...rows]).join('\n');
}

/** Everything, the event's data included: only for whoever asks for this one. */
export function deadLetterPage(whole: WholeDeadLetter): string {
  const { id, generation, stream, version, type, stack, error, event, upcast, unreadable } = whole;
  const facts = columns([
    ['whose', generation === '' ? 'the whole stream: its delivery failed' : generation],
    ['event', type === '' ? '-' : `${type}, version ${version} of ${stream}`],
    ['status', statusText(whole)],
    ...(unreadable === undefined ? [] : [['unreadable', oneLine(unreadable, 1_000)]]),
  ]);
  return [
    id,
    ...facts.map((line) => `  ${line}`),
    '',
    stack.includes(error) ? stack : `${error}\n${stack}`.trim(),
    '',
    'As it was stored:',
    JSON.stringify(event, undefined, 2),
    ...(upcast ? ['', `As schema version ${upcast.schemaVersion} has its data:`] : []),
    ...(upcast ? [JSON.stringify(upcast.data, undefined, 2)] : []),
  ].join('\n');
}

function statusText(letter: DeadLetter): string {
  const { status, attempts, parkedAt, resolvedAt, actor, reason } = letter;
  const parked = `${status} after ${countText(attempts, 'attempt')}, last parked at ${parkedAt}`;
  const resolved = resolvedAt === null ? '' : `, resolved at ${resolvedAt}`;
  const by = actor === null ? '' : ` by ${actor}`;
  return `${parked}${resolved}${by}${reason === null ? '' : `: ${reason}`}`;
}
