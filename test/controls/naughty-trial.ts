/**
 * Sends an app all that `NaughtyCommands` makes of it, over HTTP, and compares whatever can be read afterwards with
 * the model, code unit for code unit: answers, streams, states, the journal, rows, and what is followed live.
 */
import { expect } from 'vitest';
import type { StoredEvent } from '../../core/aggregate/event.ts';
import { type App, recordedEvent } from '../../core/app.ts';
import { MemoryRows } from '../../core/projection/memory-rows.ts';
import type { Projection } from '../../core/projection/projection.ts';
import { type ForeseenLine, NaughtyCommands } from './naughty-commands.ts';

type Ask = (path: string, init?: RequestInit) => Promise<Response>;

/** Within what a batch takes. */
const LINES = 200;

/** Answers for each field how many texts were accepted in it. `project` brings so many events into the read models. */
export async function tryNaughtyCommands(
  app: App,
  texts: readonly string[],
  ask: Ask,
  project: (events: number) => Promise<void>,
): Promise<Record<string, number>> {
  const trials = app.aggregates.map(
    (aggregate) => [aggregate.name, new NaughtyCommands(aggregate, texts)] as const,
  );
  const log: StoredEvent[] = [];
  for (const [, { lines }] of trials) log.push(...(await sendAll(ask, lines)));
  const streams = Map.groupBy(log, ({ stream }) => stream);
  const states = trials.flatMap(([name, { states }]) =>
    [...states].map(([id, state]) => [`${name}/${id}`, state] as const),
  );
  await eachOf(states, async ([stream, state]) => {
    expectSame(await eventsOf(ask, stream), streams.get(stream));
    expectSame(Object(await json(ask, `/v1/aggregates/${stream}`)).state, state);
  });
  await project(log.length);
  await expectJournal(ask, streams);
  for (const projection of app.projections) await expectRows(app, ask, projection, log);
  return Object.fromEntries(trials.flatMap(([, { kept }]) => [...kept]));
}

/** Some at a time: one after the other most of the time is spent waiting. */
async function eachOf<One>(all: readonly One[], go: (one: One) => Promise<void>): Promise<void> {
  for (let start = 0; start < all.length; start += AT_ONCE) {
    await Promise.all(all.slice(start, start + AT_ONCE).map(go));
  }
}

const AT_ONCE = 16;

/** `toEqual` says where two differ, and takes two spellings of one text for different; JSON has the order of keys too. */
function expectSame(read: unknown, model: unknown): void {
  if (JSON.stringify(read) !== JSON.stringify(model)) expect(read).toEqual(model);
}

/** Each line is answered as it was foreseen; answers with what was stored. */
async function sendAll(ask: Ask, lines: readonly ForeseenLine[]): Promise<StoredEvent[]> {
  const stored: StoredEvent[] = [];
  for (let start = 0; start < lines.length; start += LINES) {
    const window = lines.slice(start, start + LINES);
    const response = await ask('/v1/commands', {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: window.map(({ line }) => `${JSON.stringify(line)}\n`).join(''),
    });
    const answers = (await response.text()).trimEnd().split('\n');
    expect(answers).toHaveLength(window.length);
    for (const [index, text] of answers.entries()) {
      stored.push(...expectForeseen(window[index], JSON.parse(text)));
    }
  }
  return stored;
}

interface BatchAnswer {
  readonly status: number;
  readonly events?: readonly StoredEvent[];
  readonly errors?: readonly { readonly at: string }[];
}

function expectForeseen(
  sent: ForeseenLine | undefined,
  answer: BatchAnswer,
): readonly StoredEvent[] {
  if (!sent) throw new Error('There are as many answers as lines.');
  const { line, foreseen } = sent;
  expect(answer.status, JSON.stringify([line, answer])).toBe(foreseen.status);
  const { events = [], errors = [] } = answer;
  if (foreseen.status === 400) {
    expect([...new Set(errors.map(({ at }) => at))].sort()).toEqual(foreseen.at);
  }
  if (foreseen.status === 200) {
    expectSame(
      events.map(({ type, data }) => ({ type, data })),
      foreseen.events,
    );
  }
  return events;
}

async function json(ask: Ask, path: string): Promise<unknown> {
  const response = await ask(path);
  return response.json();
}

async function eventsOf(ask: Ask, stream: string): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  for (;;) {
    const path = `/v1/streams/${stream}?limit=1000&after=${events.length}`;
    const page: StoredEvent[] = Object(await json(ask, path)).events;
    if (page.length === 0) return events;
    events.push(...page);
  }
}

async function expectJournal(
  ask: Ask,
  streams: ReadonlyMap<string, readonly StoredEvent[]>,
): Promise<void> {
  const journal: (StoredEvent & { readonly position?: string })[] = [];
  for (let after = '', isAtEnd = false; !isAtEnd; ) {
    const page = Object(await json(ask, `/v1/events?limit=1000${after && `&after=${after}`}`));
    journal.push(...page.events);
    isAtEnd = page.after === after;
    after = page.after;
  }
  const found = Map.groupBy(journal, ({ stream }) => stream);
  for (const [stream, events] of streams) {
    expectSame(
      found.get(stream)?.map(({ position: _position, ...event }) => event),
      events,
    );
  }
}

/** The list, every row by its key if that is a free text, and the rows of a live query. */
async function expectRows(
  app: App,
  ask: Ask,
  { name, tables: [model], handle }: Projection,
  log: readonly StoredEvent[],
): Promise<void> {
  const folded = new MemoryRows();
  for (const event of log) folded.apply(handle(recordedEvent(app, event)));
  const rows = await rowsOf(ask, name);
  const keyOf = (row: object) =>
    model.definition.key.map((column) => String(Reflect.get(row, column)));
  const sorted = rows.toSorted((a, b) => (keyOf(a).join('\0') < keyOf(b).join('\0') ? -1 : 1));
  const wanted = folded
    .of(model)
    .toSorted((a, b) => (keyOf(a).join('\0') < keyOf(b).join('\0') ? -1 : 1));
  expect(sorted).toEqual(wanted);
  const named = rows.filter((row) => keyOf(row).some((part) => !isPlain(part)));
  await eachOf(
    named.filter((row) => !isStep(keyOf(row).join())),
    async (row) => {
      const key = keyOf(row).map(encodeURIComponent).join(',');
      expectSame(await json(ask, `/v1/queries/${name}/${key}`), row);
    },
  );
  const followed = await firstRows(ask, name);
  const first: unknown = Object(await json(ask, `/v1/queries/${name}?limit=1000`)).rows;
  expectSame(followed, first);
}

/** What a URL swallows. */
const isStep = (text: string) => text === '.' || text === '..';
const isPlain = (text: string) => /^[\w-]+$/.test(text);

async function rowsOf(ask: Ask, query: string): Promise<object[]> {
  const rows: object[] = [];
  for (let next: string | undefined = ''; next !== undefined; ) {
    const page: { rows: object[]; cursor?: string } = Object(
      await json(ask, `/v1/queries/${query}?limit=1000${next}`),
    );
    rows.push(...page.rows);
    next = page.cursor === undefined ? undefined : `&cursor=${page.cursor}`;
  }
  return rows;
}

/** What a live query begins with. */
async function firstRows(ask: Ask, query: string): Promise<unknown> {
  const { body } = await ask(`/v1/live/${query}?limit=1000`);
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    const data = /^event: snapshot\n(?:id: [^\n]*\n)?data: ([^\n]*)\n\n/m.exec(text)?.[1];
    if (data === undefined) continue;
    const { rows }: { rows: { row: unknown }[] } = JSON.parse(data);
    return rows.map(({ row }) => row);
  }
  throw new Error(`${query} ended before its rows.`);
}
