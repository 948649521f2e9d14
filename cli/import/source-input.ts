/**
 * Commands or events that a program makes as the input of an import. Nothing is remembered between runs: each begins with
 * the first one, and what was sent before is replayed under its key.
 */
import { once } from 'node:events';
import { AT_THE_BEGINNING, type ImportInput } from './import-input.ts';
import type { LineForm, ParsedLine } from './line-form.ts';
import { type InputLine, LINE_BYTES_MAX } from './read-lines.ts';

/** A command as `POST /v1/commands` takes it. */
export interface ImportCommand {
  readonly aggregate: string;
  readonly id: string;
  readonly command: string;
  readonly data: object;
  /** Of what the command is made from, a row's key or a message's id: another run has to give it the same key. */
  readonly idempotencyKey: string;
  /** When the fact happened: ISO 8601 with its zone. */
  readonly occurredAt?: string | undefined;
  readonly expectedVersion?: number | undefined;
}

/** An event of another system as `POST /v1/import/events` takes it. */
export interface ImportEvent {
  readonly aggregate: string;
  readonly aggregateId: string;
  /** In its stream: 1 for the first event, and one more for each after it. */
  readonly version: number;
  readonly type: string;
  /** Of its data; the newest of the app when left out. */
  readonly schemaVersion?: number | undefined;
  readonly data: unknown;
  /** When it happened: ISO 8601 with its zone. */
  readonly occurredAt: string;
  /** Its id at its source. */
  readonly sourceId?: string | undefined;
  readonly metadata?:
    | {
        readonly actor?: string | undefined;
        readonly causationId?: string | undefined;
        readonly correlationId?: string | undefined;
      }
    | undefined;
}

export type SourceOf<Item> = AsyncIterable<Item> | Iterable<Item>;

/** Commands to import: any iterable, also an asynchronous one. */
export type CommandSource = SourceOf<ImportCommand>;
/** Events to import: any iterable, also an asynchronous one. */
export type EventSource = SourceOf<ImportEvent>;

export function openSource(source: SourceOf<object>, form: LineForm): ImportInput {
  return {
    bytes: 0,
    start: AT_THE_BEGINNING,
    lines: (stop) => sourceLines(source, form, stop),
    save: () => undefined,
    finish: () => undefined,
  };
}

async function* sourceLines(
  source: SourceOf<object>,
  form: LineForm,
  stop: AbortSignal,
): AsyncGenerator<InputLine> {
  let number = 0;
  for await (const item of untilStopped(source, stop)) {
    number += 1;
    yield { number, start: 0, end: 0, ...readItem(form, number, item) };
  }
}

/** A source that waits, for a network perhaps, does not hold up an import that has to end. */
async function* untilStopped(source: SourceOf<object>, stop: AbortSignal): AsyncGenerator<object> {
  const items =
    Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  const stopped = stop.aborted ? Promise.resolve() : once(stop, 'abort');
  try {
    while (!stop.aborted) {
      const next = await Promise.race([items.next(), stopped]);
      if (!next || !('done' in next) || next.done) return;
      yield next.value;
    }
  } finally {
    // Not waited for: a generator takes it only when it has made its next item.
    Promise.resolve(items.return?.()).catch(() => undefined);
  }
}

function readItem({ parse, sourceNeeds }: LineForm, number: number, item: object): ParsedLine {
  if (sourceNeeds !== undefined && Reflect.get(item, sourceNeeds) === undefined) {
    return broken(`it has no ${sourceNeeds}`);
  }
  try {
    const text = JSON.stringify(item);
    if (Buffer.byteLength(text) <= LINE_BYTES_MAX) return parse(number, text);
    return broken(`longer than ${LINE_BYTES_MAX} bytes`);
  } catch (error) {
    return broken(`not JSON: ${error instanceof Error ? error.message : error}`);
  }
}

function broken(reason: string): ParsedLine {
  return { kind: 'broken', reason };
}
