/** A run: the load on the modelled platform, the figures of its end, and what D1 shows when everything is there. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ledge } from '../../worker/ledge.ts';
import { idSource } from '../../worker/runtime/new-id.ts';
import { app } from '../shop/app.ts';
import { replaceGlobals } from '../simulator/globals.ts';
import { Timeline } from '../simulator/timeline.ts';
import { type Counting, Counts, percentile } from './counts.ts';
import { EvenFate } from './even-fate.ts';
import { givesWay, measuredSeconds } from './gives-way.ts';
import type { ModelLine } from './line.ts';
import { Load } from './load.ts';
import { PlatformModel } from './platform-model.ts';
import { limits, type ModelSetting } from './setting.ts';

const SEED = 7;
const PAGE_BYTES = 4_096;
const RECOVERED_WITHIN_MS = 3_600_000;

/** What D1 has done so far. */
interface Stored {
  readonly bytes: number;
  readonly rows: number;
  readonly events: number;
}

export async function runModel(setting: ModelSetting): Promise<ModelLine> {
  const timeline = new Timeline({ tasksMax: Number.POSITIVE_INFINITY, isRecorded: false });
  const world = { timeline, fate: new EvenFate(SEED, timeline) };
  const counting: Counting = { now: new Counts() };
  const nowMs = () => timeline.wallMs;
  const newId = idSource(nowMs, (count) =>
    Uint8Array.from({ length: count }, () => world.fate.random(256)),
  );
  const worker = ledge(app, { nowMs, newId, log: () => undefined });
  const parts = { world, counting, setting, app, worker, migrations: readMigrations() };
  const platform = new PlatformModel(parts);
  replaceGlobals(world, { fetch: () => Promise.reject(new Error('There is no network.')) });
  const load = new Load({ world, counting, platform, setting, newId });

  // The first events begin the read models.
  await timeline.finish(load.begin());
  await timeline.runUntilQuiet();
  const empty = storedOf(platform);
  const loading = load.run(setting.seconds);
  await timeline.finish(timeline.sleep(setting.warmUpSeconds * 1_000, 'the warm-up ends'));
  const warm = storedOf(platform);
  counting.now = new Counts();
  await timeline.finish(loading);
  const measured = lineOf({ setting, counts: counting.now, platform, empty, warm });
  const drained = setting.isDrained ? await drain({ timeline, platform, load, counting }) : {};
  const line = { ...measured, ...drained };
  return { ...line, givesWay: givesWay(line) };
}

interface Ending {
  readonly timeline: Timeline;
  readonly platform: PlatformModel;
  readonly load: Load;
  readonly counting: Counting;
}

async function drain({ timeline, platform, load, counting }: Ending) {
  const beganMs = timeline.nowMs;
  const lasts = () => platform.lag.events > 0 && timeline.nowMs - beganMs < RECOVERED_WITHIN_MS;
  while (lasts()) await timeline.finish(timeline.sleep(100, 'whether D1 has everything'));
  const recoveredMs = timeline.nowMs - beganMs;
  await timeline.runUntilQuiet();
  return { recoveredMs, wrong: wrongRows(platform, load), ...messagesOf(counting.now) };
}

/** Products with other pieces than were received, and those of the two that are missing in the other. */
function wrongRows(platform: PlatformModel, { accepted }: Load): number {
  const rows = platform.rows<{ product: string; onHand: number }>(
    'SELECT product, on_hand AS onHand FROM products_v1',
  );
  const wrong = rows.filter(({ product, onHand }) => accepted.get(product) !== onHand);
  return wrong.length + Math.abs(accepted.size - rows.length);
}

interface Measuring {
  readonly setting: ModelSetting;
  readonly counts: Counts;
  readonly platform: PlatformModel;
  readonly empty: Stored;
  readonly warm: Stored;
}

function lineOf({
  setting,
  counts,
  platform,
  empty,
  warm,
}: Measuring): Omit<ModelLine, 'givesWay'> {
  const seconds = measuredSeconds(setting as ModelLine);
  const each = (count: number) => round(count / seconds);
  const end = storedOf(platform);
  const bytesPerCommand = (end.bytes - empty.bytes) / Math.max(1, end.events - empty.events);
  const hours =
    (limits.databaseBytes * setting.databases) /
    bytesPerCommand /
    setting.commandsPerSecond /
    3_600;
  const callers = [...counts.database].map(([kind, { calls }]) => [kind, each(calls)] as const);
  const { batches, batchesLost } = counts;
  const percentiles = (values: readonly number[]) => ({
    p50: round(percentile(values, 0.5)),
    p99: round(percentile(values, 0.99)),
  });
  return {
    ...setting,
    appliedPerSecond: each(counts.applied),
    lagMs: percentiles(counts.lagMs),
    commandMs: percentiles(counts.commandMs),
    commands: counts.commands,
    failed: counts.failed,
    d1: {
      callsPerSecond: each(counts.total('calls')),
      callsPerCommand: round(counts.total('calls') / counts.commands, 3),
      callsPerSecondOf: Object.fromEntries(callers),
      refusedPerSecond: each(counts.total('refused')),
      utilisation: round(counts.total('busyMs') / 1_000 / seconds / setting.databases, 3),
      rowsRead: counts.total('rowsRead'),
      rowsWritten: end.rows - warm.rows,
      copyReads: counts.copyReads,
      bytesPerCommand: Math.round(bytesPerCommand),
      hoursUntilFull: round(hours, 2),
    },
    ...{ batches, batchesLost, ...messagesOf(counts) },
    behind: platform.lag.events,
  };
}

function messagesOf(counts: Counts) {
  const { messages, reminders, messagesRefused, queueReads, retries, dead } = counts;
  return { messages, reminders, messagesRefused, queueReads, retries, dead };
}

function storedOf(platform: PlatformModel): Stored {
  // Each answers a row for each database.
  const sum = (sql: string) =>
    platform.rows<{ value: number }>(sql).reduce((total, { value }) => total + value, 0);
  return {
    bytes: sum('SELECT page_count AS value FROM pragma_page_count') * PAGE_BYTES,
    rows: sum('SELECT total_changes() AS value'),
    events: sum("SELECT coalesce(sum(version), 0) AS value FROM checkpoint WHERE projection = ''"),
  };
}

function round(value: number, digits = 1): number {
  return Number(value.toFixed(digits));
}

function readMigrations(): string[] {
  const folder = join(import.meta.dirname, '../shop/migrations');
  const files = readdirSync(folder).filter((file) => file.endsWith('.sql'));
  return files.sort().map((file) => readFileSync(join(folder, file), 'utf8'));
}
