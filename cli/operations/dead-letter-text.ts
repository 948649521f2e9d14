/** Dead letters as text. Pure. */
import type { DeadLetter, WholeDeadLetter } from '../../core/operator-shapes/dead-letter.ts';
import { columns, countText, oneLine } from './plain-text.ts';

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

/** Everything, the event's data included: shown of one dead letter alone. */
export function deadLetterText(whole: WholeDeadLetter): string {
  const { id, generation, stream, version, type, stack, error, event, upcast, unreadable } = whole;
  const facts = columns([
    ['generation', generation === '' ? 'the whole stream: its delivery failed' : generation],
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
