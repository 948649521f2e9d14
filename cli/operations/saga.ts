/** Sagas as `/v1/sagas` tells them, and as text. */
import * as z from 'zod';
import { columns, oneLine } from './plain-text.ts';

export const sagaRow = z.looseObject({
  saga: z.string(),
  id: z.string(),
  status: z.string(),
  reason: z.string().nullable(),
  startedAt: z.string(),
  changedAt: z.string(),
});

const openEffect = z.looseObject({
  effect: z.string(),
  awaits: z.string(),
  attempt: z.number(),
  command: z.looseObject({ aggregate: z.string(), id: z.string(), command: z.string() }),
});

const timelineEntry = z.looseObject({
  version: z.number(),
  type: z.string(),
  at: z.string(),
  data: z.record(z.string(), z.unknown()),
});

export const wholeSaga = z.looseObject({
  saga: z.string(),
  id: z.string(),
  status: z.string(),
  reason: z.string().nullable(),
  definition: z.number(),
  ended: z.boolean(),
  open: z.array(openEffect),
  timeouts: z.record(z.string(), z.string()),
  timeline: z.array(timelineEntry),
});

export type SagaRow = z.output<typeof sagaRow>;
export type WholeSaga = z.output<typeof wholeSaga>;

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

/** Where it stands, what it waits for, and its story; the data of the commands is left to `--json`. */
export function sagaPage(whole: WholeSaga): string {
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
    `  ${standingText(whole)}`,
    ...(waitsFor.length > 0 ? ['', 'It waits for:'] : []),
    ...columns(waitsFor).map((line) => `  ${line}`),
    '',
    'How it came there:',
    ...columns(timeline.map(happened)).map((line) => `  ${line}`),
  ].join('\n');
}

export function standingText({ status, reason }: Pick<WholeSaga, 'status' | 'reason'>): string {
  return reason === null ? status : `${status}: ${oneLine(reason, 300)}`;
}

/** What identifies it, whichever kind of event it is. */
const TOLD = ['source', 'type', 'effect', 'name', 'operation', 'outcome', 'reason', 'actor'];

function happened({ version, at, type, data }: WholeSaga['timeline'][number]): string[] {
  const told = TOLD.flatMap((name) => (typeof data[name] === 'string' ? [data[name]] : []));
  return [String(version), at, type, oneLine(told.join(' '), 200)];
}
