/** Expects D1 to contain exactly what the objects' logs contain. */
import { drizzle } from 'drizzle-orm/d1';
import { expect } from 'vitest';
import type { StoredEvent } from '../../../core/aggregate/event.ts';
import { recordedEvent } from '../../../core/app.ts';
import { MemoryRows } from '../../../core/projection/memory-rows.ts';
import type { Projection } from '../../../core/projection/projection.ts';
import type { ReadModelTable } from '../../../core/projection/table.ts';
import { testApp } from './entry.ts';
import { env, get, rowsOf } from './harness.ts';

/** The streams' logs, read over HTTP. */
export async function logsOf(streams: readonly string[]): Promise<StoredEvent[]> {
  return (await Promise.all(streams.map(logOf))).flat();
}

async function logOf(stream: string): Promise<StoredEvent[]> {
  const log: StoredEvent[] = [];
  for (;;) {
    const { body } = await get(`/v1/streams/${stream}?after=${log.length}&limit=1000`);
    // What the route answers.
    const events = body.events as StoredEvent[];
    if (events.length === 0) return log;
    log.push(...events);
  }
}

/** Every event once, each stream in its order. */
export async function expectJournalled(log: readonly StoredEvent[]): Promise<void> {
  const rows = await rowsOf<{ stream: string; version: number; id: string }>(
    'SELECT stream, version, id FROM journal ORDER BY position',
  );
  const journal = Map.groupBy(rows, ({ stream }) => stream);
  const streams = Map.groupBy(log, ({ stream }) => stream);
  expect([...journal.keys()].sort()).toEqual([...streams.keys()].sort());
  for (const [stream, events] of streams) {
    expect(journal.get(stream)).toEqual(events.map(({ version, id }) => ({ stream, version, id })));
  }
}

/** Every checkpoint is at its stream's head, and none lags except for `inactive`. */
export async function expectAtHeads(
  log: readonly StoredEvent[],
  inactive: readonly string[],
): Promise<void> {
  const checkpoints = await rowsOf<{ stream: string; projection: string; version: number }>(
    'SELECT stream, projection, version FROM checkpoint ORDER BY stream',
  );
  const heads = [...Map.groupBy(log, ({ stream }) => stream)].map(([stream, events]) => ({
    stream,
    projection: '',
    version: events.length,
  }));
  const moving = checkpoints.filter(({ projection }) => !inactive.includes(projection));
  expect(moving).toEqual(heads.sort((a, b) => (a.stream < b.stream ? -1 : 1)));
}

/** Every row of the projections' tables, against the fold of the logs in memory. */
export async function expectFolded(
  log: readonly StoredEvent[],
  projections: readonly Projection[],
): Promise<void> {
  const events = log.map((event) => recordedEvent(testApp, event));
  for (const { tables, handle } of projections) {
    const folded = new MemoryRows();
    for (const event of events) folded.apply(handle(event));
    for (const table of tables) expect(await storedRows(table)).toEqual(folded.of(table));
  }
}

async function storedRows({ table, definition }: ReadModelTable): Promise<object[]> {
  const rows = await drizzle(env.DB).select().from(table);
  const stored = rows.map(({ tenant: _tenant, ...row }) => row);
  const keyOf = (row: object) => definition.key.map((name) => Reflect.get(row, name)).join();
  return stored.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}
