/**
 * After the storm D1 fails for a minute, while commands go on and objects fall asleep. The law: within 30 seconds
 * `/v1/incidents` names every stream that D1 lacks, with what failed, and names it until D1 has it; once D1 is back, all
 * of it ends without an operator.
 */
import type { KnownIncident } from '../../core/failures/incident.ts';
import type { ChaosClient } from '../chaos/client.ts';
import { commandTo } from '../chaos/order-book.ts';
import { oneOf } from '../chaos/random.ts';
import { type Finding, findingsOf } from '../checker/finding.ts';
import type { Reader } from '../e2e/crash/reader.ts';
import type { Cloud } from './cloud.ts';
import { DATABASE_ERRORS, type Outage, outages, QUEUE_ERROR } from './outage.ts';
import type { World } from './process.ts';

export interface OutageTrial {
  readonly world: World;
  readonly cloud: Cloud;
  readonly client: ChaosClient;
  readonly reader: Reader;
}

const OUTAGE_MS = 60_000;
const LOOK_EVERY_MS = 3_000;

const LOOKS_MAX = 3;
const LOOK_AGAIN_MS = 500;

/** Promised: an incident is visible within this (X6). */
const NAMED_WITHIN_MS = 30_000;

/** A health object looks every ten seconds; a look takes some round trips. */
const DELIVERED_WITHIN_MS = 20_000;

/** One look more: a report that was under way at the first one may arrive after it. */
const RESOLVED_WITHIN_MS = 30_000;

const hidden = findingsOf('hidden');
const unfinished = findingsOf('unfinished');

/** An accepted command. */
interface Written {
  readonly stream: string;
  readonly version: number;
  readonly atMs: number;
}

export async function outageTrial(trial: OutageTrial): Promise<Finding[]> {
  const { world, cloud } = trial;
  const before = (await incidents(trial)).map(({ stream, cause }) =>
    unfinished(stream, `Hours after the storm an operator still reads: ${cause}`),
  );
  const outage = oneOf(world.fate.random, outages);
  cloud.outage = outage;
  const [written, during] = await Promise.all([
    writeMeanwhile(trial),
    looksUntil(trial, world.timeline.nowMs + OUTAGE_MS),
  ]);
  cloud.outage = undefined;
  const hiddenMeanwhile = during.flatMap(({ atMs, seen }) =>
    written
      .filter((one) => one.atMs + NAMED_WITHIN_MS < atMs && !isNamed(one, seen, outage))
      .map(({ stream, version, atMs: sinceMs }) =>
        hidden(
          `${stream}@${version}`,
          `D1 is down, and ${seconds(atMs - sinceMs)} after the command no incident says so. ${textOf(seen)}`,
        ),
      ),
  );
  return [...before, ...firstOfEach(hiddenMeanwhile), ...(await healed(trial, written))];
}

/** New streams, and one that D1 knows. */
async function writeMeanwhile({ world, client }: OutageTrial): Promise<Written[]> {
  const commands = [
    commandTo('product/outage-1', 'RegisterProduct', { name: 'Chai', priceCents: 1_800 }),
    commandTo('order/late-1', 'CancelOrder', { reason: 'late' }),
    commandTo('product/outage-2', 'RegisterProduct', { name: 'Chang', priceCents: 1_900 }),
  ];
  const written: Written[] = [];
  for (const wanted of commands) {
    const answer = await client.command(wanted);
    const atMs = world.timeline.nowMs;
    if (answer) written.push({ stream: wanted.stream, version: answer.version, atMs });
    await world.timeline.sleep(world.fate.random(4_000), 'the next command');
  }
  return written;
}

interface Look {
  /** When the look began. */
  readonly atMs: number;
  readonly seen: readonly KnownIncident[];
}

/** Objects that fall asleep between two looks keep no incident in memory alone. */
async function looksUntil(trial: OutageTrial, endMs: number): Promise<Look[]> {
  const { timeline, fate } = trial.world;
  const looks: Look[] = [];
  while (timeline.nowMs < endMs) {
    await timeline.sleep(LOOK_EVERY_MS, 'the operator looks at the incidents');
    if (fate.random(3) === 0) trial.cloud.putToSleep();
    const atMs = timeline.nowMs;
    looks.push({ atMs, seen: await incidents(trial) });
  }
  return looks;
}

/** Until D1 has everything and no incident is left. */
async function healed(trial: OutageTrial, written: readonly Written[]): Promise<Finding[]> {
  const { timeline } = trial.world;
  const backMs = timeline.nowMs;
  for (;;) {
    await timeline.sleep(LOOK_EVERY_MS, 'the operator looks whether it is over');
    const seen = await incidents(trial);
    const lacking = await lackedByD1(trial.reader, written);
    const unnamed = lacking.filter(({ stream }) => !seen.some((one) => one.stream === stream));
    if (unnamed.length > 0) {
      return unnamed.map(({ stream, version }) =>
        hidden(`${stream}@${version}`, 'D1 lacks it, and its incident has been resolved.'),
      );
    }
    if (seen.length === 0) return [];
    const sinceMs = timeline.nowMs - backMs;
    const late = `${seconds(sinceMs)} after D1 came back`;
    if (lacking.length > 0 && sinceMs > DELIVERED_WITHIN_MS) {
      return lacking.map(({ stream, version }) =>
        unfinished(`${stream}@${version}`, `${late} D1 lacks it.`),
      );
    }
    if (sinceMs > RESOLVED_WITHIN_MS) {
      return seen.map(({ stream, cause }) => unfinished(stream, `${late} it is said: ${cause}`));
    }
  }
}

async function lackedByD1(reader: Reader, written: readonly Written[]): Promise<Written[]> {
  const pages = await Promise.all(['product', 'order'].map((name) => reader.checkpoints(name)));
  const reached = new Map(pages.flat().map(({ stream, version }) => [stream, version]));
  return written.filter(({ stream, version }) => (reached.get(stream) ?? 0) < version);
}

/** A health object that falls asleep under a look answers the next one. */
async function incidents({ reader, world }: OutageTrial): Promise<KnownIncident[]> {
  for (let look = 1; ; look++) {
    try {
      const seen = await reader.get<{ incidents: KnownIncident[] }>('/v1/incidents?limit=100');
      return seen.incidents;
    } catch (error) {
      if (look === LOOKS_MAX) throw error;
      await world.timeline.sleep(LOOK_AGAIN_MS, 'the operator looks again');
    }
  }
}

/** With the failing part in its words: `it has not arrived` is not a cause. */
function isNamed(
  { stream, version }: Written,
  seen: readonly KnownIncident[],
  outage: Outage | undefined,
): boolean {
  const words = outage ? wordsOf(outage) : [];
  return seen.some(
    (one) =>
      one.stream === stream &&
      one.version >= version &&
      words.some((text) => one.cause.includes(text)),
  );
}

function wordsOf({ database, isQueueGone }: Outage): string[] {
  return [DATABASE_ERRORS[database], ...(isQueueGone ? [QUEUE_ERROR] : [])].map((text) =>
    text.replace(/\.$/, ''),
  );
}

function firstOfEach(findings: readonly Finding[]): Finding[] {
  const first = new Map(findings.toReversed().map((finding) => [finding.where, finding]));
  return [...first.values()];
}

function textOf(seen: readonly KnownIncident[]): string {
  const causes = seen.map(({ stream, version, cause }) => `${stream}@${version}: ${cause}`);
  return `It reads: ${causes.join(' ') || 'nothing'}`;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(0)} s`;
}
