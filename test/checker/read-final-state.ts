/** Reads the final state over HTTP. It wakes every aggregate, so it runs after all waiting. */

import { parseStreamName } from '../../core/aggregate/stream.ts';
import { type App, findSaga } from '../../core/app.ts';
import type { Reader } from '../e2e/crash/reader.ts';
import { type FinalState, finalState } from './final-state.ts';
import type { History } from './history.ts';

/** Requests at a time. */
const LANES = 8;

export async function readFinalState(
  app: App,
  reader: Reader,
  history: History,
): Promise<FinalState> {
  const journal = await reader.journal();
  const streams = new Set([...asked(history), ...journal.map(({ stream }) => stream)]);
  const logs = await byStream(streams, (stream) => reader.log(stream));
  const written = [...streams].filter((stream) => (logs[stream] ?? []).length > 0);
  const sagas = written.filter((stream) => findSaga(app, parseStreamName(stream)?.aggregate ?? ''));
  return finalState.parse({
    logs,
    journal,
    checkpoints: await checkpoints(reader, written),
    states: await byStream(written, (stream) => reader.get(`/v1/aggregates/${stream}`)),
    rows: await rows(app, reader),
    sagas: Object.values(await byStream(sagas, (stream) => reader.get(`/v1/sagas/${stream}`))),
    parked: (await reader.deadLetters()).filter(({ status }) => status === 'parked'),
  });
}

function asked({ command, state, events }: History): string[] {
  return [...command, ...state, ...events].map(({ wanted }) => wanted.stream);
}

async function byStream<Value>(
  streams: Iterable<string>,
  read: (stream: string) => Promise<Value>,
): Promise<Record<string, Value>> {
  const found: Record<string, Value> = {};
  const left = [...streams].values();
  const lane = async () => {
    for (const stream of left) found[stream] = await read(stream);
  };
  // All lanes draw from one iterator: each stream is taken once.
  await Promise.all(Array.from({ length: LANES }, lane));
  return found;
}

async function checkpoints(reader: Reader, streams: readonly string[]) {
  const aggregates = new Set(streams.map((stream) => parseStreamName(stream)?.aggregate ?? ''));
  const pages = await Promise.all([...aggregates].map((name) => reader.checkpoints(name)));
  return Object.fromEntries(pages.flat().map(({ stream, version }) => [stream, version]));
}

async function rows({ projections }: App, reader: Reader) {
  const read = projections.map(async ({ name }) => [name, await reader.rows(name)] as const);
  return Object.fromEntries(await Promise.all(read));
}
