/** Sagas as text. Pure. */
import type { SagaRow, WholeSaga } from '../../core/operator-shapes/saga.ts';
import { columns, oneLine } from './plain-text.ts';

const HEAD = ['saga', 'id', 'status', 'started at', 'changed at', 'reason'];
const REASON_CHARACTERS_MAX = 100;

export function sagaTable(sagas: readonly SagaRow[]): string {
  const rows = sagas.map(({ saga, id, status, startedAt, changedAt, reason }) => [
    saga,
    id,
    status,
    startedAt,
    changedAt,
    oneLine(reason ?? '-', REASON_CHARACTERS_MAX),
  ]);
  return columns([HEAD, ...rows]).join('\n');
}

/** Its status, what it waits for, and its timeline; the data of the commands is left to `--json`. */
export function sagaText(whole: WholeSaga): string {
  const { saga, id, definition, open, timeouts, timeline } = whole;
  const waitsFor = [
    ...open.map(({ effect, awaits, attempt, command }) => [
      effect,
      awaits,
      `${command.command} to ${command.aggregate}/${command.id}, attempt ${attempt}`,
    ]),
    ...Object.entries(timeouts).map(([name, at]) => [name, 'timeout', at]),
  ];
  return [
    `${saga}/${id}, by version ${definition} of its definition`,
    `  ${statusText(whole)}`,
    ...(waitsFor.length > 0 ? ['', 'It waits for:'] : []),
    ...columns(waitsFor).map((line) => `  ${line}`),
    '',
    'How it came there:',
    ...columns(timeline.map(happened)).map((line) => `  ${line}`),
  ].join('\n');
}

export function statusText({ status, reason }: Pick<WholeSaga, 'status' | 'reason'>): string {
  return reason === null ? status : `${status}: ${oneLine(reason, 300)}`;
}

/** What identifies it, whichever kind of event it is. */
const SHOWN = ['source', 'type', 'effect', 'name', 'operation', 'outcome', 'reason', 'actor'];

function happened({ version, at, type, data }: WholeSaga['timeline'][number]): string[] {
  const members: Readonly<Record<string, unknown>> = Object(data);
  const shown = SHOWN.map((name) => members[name]).filter((one) => typeof one === 'string');
  return [String(version), at, type, oneLine(shown.join(' '), 200)];
}
