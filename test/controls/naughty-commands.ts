/**
 * Every naughty string in every field that takes text, of every command of an aggregate, with what has to come of it:
 * a model of the streams says which are accepted, and by which events and states. Commands that a command needs before
 * it are found by trying.
 */
import type * as z from 'zod';
import type { Aggregate, DecidedEvent } from '../../core/aggregate/aggregate.ts';
import { simulate } from '../../core/aggregate/simulate.ts';
import { isKept } from './naughty-strings.ts';
import { fieldName, nameOf, type Path, sample, stringFields } from './string-fields.ts';

type Texts = Readonly<Record<string, string>>;

/** A line of a batch. */
export interface Line {
  readonly aggregate: string;
  readonly id: string;
  readonly command: string;
  readonly data: unknown;
  readonly occurredAt: string;
}

/** A line, and what it has to be answered with. */
export interface ForeseenLine {
  readonly line: Line;
  readonly foreseen:
    | { readonly status: 200; readonly events: readonly DecidedEvent[] }
    | { readonly status: 400; readonly at: readonly string[] }
    | { readonly status: 413 };
}

/** A stream as the model has it. */
interface PlayedStream {
  readonly id: string;
  readonly version: number;
  readonly state: unknown;
}

const OCCURRED_AT = '2026-01-01T00:00:00.000Z';

/** Beyond that, no command of a sensible domain is away from an empty stream. */
const LEAD_IN_MAX = 3;

/** Each field of a command has another string of the list: what is mixed up shows. */
const APART = 7;

export class NaughtyCommands {
  readonly lines: ForeseenLine[] = [];
  /** The last state of each stream. */
  readonly states = new Map<string, unknown>();
  /** `order.PlaceOrder/customer`, with how many texts came through. */
  readonly kept = new Map<string, number>();
  readonly #aggregate: Aggregate;
  readonly #texts: readonly string[];
  #current: PlayedStream;

  constructor(aggregate: Aggregate, texts: readonly string[]) {
    this.#aggregate = aggregate;
    this.#texts = texts;
    this.#current = this.#empty();
    const commands = Object.entries(aggregate.commands).map(
      ([command, schema]) => [command, schema, stringFields(schema)] as const,
    );
    for (const index of texts.keys()) {
      for (const [command, schema, fields] of commands) {
        // One that takes no text is tried once, to have tried them all.
        if (fields.length > 0 || index === 0) this.#tryAll(command, schema, fields, index);
      }
    }
  }

  #empty(): PlayedStream {
    const id = `n-${this.states.size}`;
    return { id, version: 0, state: this.#aggregate.initialState() };
  }

  /** All texts at once; then without those that nothing could keep; then without those that the schema refuses. */
  #tryAll(command: string, schema: z.ZodType, fields: readonly Path[], index: number): void {
    const texts = Object.fromEntries(
      fields.map((field, nth) => [
        nameOf(field),
        this.#texts[(index + nth * APART) % this.#texts.length] ?? '',
      ]),
    );
    const tried = new Set<string>();
    const isRefused = refusedIn(schema, texts);
    for (const isOut of [() => false, (text: string) => !isKept(text), isRefused]) {
      const left = Object.fromEntries(
        Object.entries(texts).filter(([name, text]) => !isOut(text, name)),
      );
      const spelt = JSON.stringify(left);
      if (tried.has(spelt)) continue;
      tried.add(spelt);
      this.#try(command, schema, fields, left);
    }
  }

  #try(command: string, schema: z.ZodType, fields: readonly Path[], texts: Texts): void {
    const data = sample(schema, texts);
    const refusal = refusalOf(schema, data, texts);
    if (refusal) {
      this.lines.push({ line: this.#line(command, data), foreseen: { status: 400, at: refusal } });
      return;
    }
    const leadIn = this.#leadIn(command, texts);
    for (const name of [...leadIn, command]) this.#apply(name, texts);
    for (const field of fields) this.#count(command, field, texts);
  }

  #count(command: string, field: Path, texts: Texts): void {
    if (texts[nameOf(field)] === undefined) return;
    const place = fieldName(this.#aggregate.name, command, field);
    this.kept.set(place, (this.kept.get(place) ?? 0) + 1);
  }

  #line(command: string, data: unknown): Line {
    const { name: aggregate } = this.#aggregate;
    return { aggregate, id: this.#current.id, command, data, occurredAt: OCCURRED_AT };
  }

  #apply(command: string, texts: Texts): void {
    const [data, played] = this.#play(this.#current, command, texts);
    const { outcome, events, version, state } = played;
    if (outcome === 'refused') {
      this.lines.push({ line: this.#line(command, data), foreseen: { status: 413 } });
      return;
    }
    this.lines.push({ line: this.#line(command, data), foreseen: { status: 200, events } });
    this.#current = { ...this.#current, version, state };
    this.states.set(this.#current.id, state);
  }

  #play(current: PlayedStream, command: string, texts: Texts) {
    const schema = this.#aggregate.commands[command];
    if (!schema) throw new Error(`There is no ${command}.`);
    const sent = sample(schema, texts);
    const data = schema.parse(sent);
    const steps = simulate(this.#aggregate, current, [{ command, data }], (version) => ({
      ...{ tenant: 'main', id: current.id, version, actor: 'a', newId: () => 'id' },
      ...{ now: OCCURRED_AT, occurredAt: OCCURRED_AT },
    }));
    if ('outcome' in steps) throw new Error('A state that a test makes fits into an answer.');
    const [played] = steps;
    if (!played) throw new Error('A step that is played has an outcome.');
    return [sent, played] as const;
  }

  /** The commands that are needed before the command makes events: on the current stream, else on a new one. */
  #leadIn(command: string, texts: Texts): readonly string[] {
    const here = this.#shortest(command, texts, this.#current);
    if (here) return here;
    this.#current = this.#empty();
    const fresh = this.#shortest(command, texts, this.#current);
    if (!fresh) throw new Error(`${this.#aggregate.name} never makes an event of ${command}.`);
    return fresh;
  }

  #shortest(command: string, texts: Texts, from: PlayedStream): readonly string[] | undefined {
    let ways = [{ names: [] as readonly string[], current: from }];
    for (let length = 0; length <= LEAD_IN_MAX; length++) {
      const found = ways.find(({ current }) => this.#makesEvents(current, command, texts));
      if (found) return found.names;
      ways = ways.flatMap(({ names, current }) =>
        Object.keys(this.#aggregate.commands)
          .filter((name) => this.#fits(name, texts) && this.#makesEvents(current, name, texts))
          .map((name) => {
            const [, { version, state }] = this.#play(current, name, texts);
            return { names: [...names, name], current: { ...current, version, state } };
          }),
      );
    }
    return undefined;
  }

  #fits(command: string, texts: Texts): boolean {
    const schema = this.#aggregate.commands[command];
    return schema?.safeParse(sample(schema, texts)).success ?? false;
  }

  /** Also those that are too large to be stored. */
  #makesEvents(current: PlayedStream, command: string, texts: Texts): boolean {
    const [, { outcome, events }] = this.#play(current, command, texts);
    return outcome === 'refused' || events.length > 0;
  }
}

/** Where the refusal has to point, or undefined when there is none. */
function refusalOf(schema: z.ZodType, data: unknown, texts: Texts): readonly string[] | undefined {
  if (!Object.values(texts).every(isKept)) return [''];
  const { error } = schema.safeParse(data);
  return error && [...new Set(error.issues.map(({ path }) => `/data${pointer(path)}`))].sort();
}

function pointer(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part)}`).join('');
}

function refusedIn(schema: z.ZodType, texts: Texts): (text: string, name: string) => boolean {
  const { error } = schema.safeParse(sample(schema, texts));
  const refused = new Set(
    error?.issues.map(({ path }) =>
      nameOf(path.map((part) => (typeof part === 'symbol' ? '' : part))),
    ),
  );
  return (text, name) => !isKept(text) || refused.has(name);
}
