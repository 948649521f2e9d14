/** Waits, up to a limit, until everything has ended: the checker reports what takes longer. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Finding } from '../checker/finding.ts';
import { behind } from '../e2e/crash/compare.ts';
import type { Reader } from '../e2e/crash/reader.ts';
import type { ChaosClient } from './client.ts';
import type { Follower } from './follower.ts';
import { commandTo } from './order-book.ts';

const LOOK_EVERY_MS = 250;

/** An alarm looks after 10 s, and waits as long again as an event has waited for it: after a storm as long as that. */
export function patienceAfter(stormMs: number): number {
  return 90_000 + stormMs;
}

async function waitUntil(isSo: () => Promise<boolean>, patienceMs: number): Promise<number> {
  const startedMs = performance.now();
  while (!(await isSo()) && performance.now() - startedMs < patienceMs) await sleep(LOOK_EVERY_MS);
  return performance.now() - startedMs;
}

/** Waits until the read side has these versions. Reads D1 alone, and wakes no object. Returns the time that it took. */
export function arrived(
  reader: Reader,
  versions: ReadonlyMap<string, number>,
  patienceMs: number,
): Promise<number> {
  return waitUntil(async () => (await behind(reader, versions)).length === 0, patienceMs);
}

interface SagaView {
  readonly id: string;
  readonly ended: boolean;
}

/** Pays the open payments until every saga has ended. */
export async function settleOrders(
  reader: Reader,
  client: ChaosClient,
  orders: readonly string[],
  patienceMs: number,
): Promise<void> {
  let left = orders;
  await waitUntil(async () => {
    const sagas = await Promise.all(left.map((id) => reader.find<SagaView>(sagaPath(id))));
    left = sagas.flatMap((saga) => (saga && !saga.ended ? [saga.id] : []));
    for (const id of left) await client.command(commandTo(`payment/${id}`, 'CapturePayment', {}));
    return left.length === 0;
  }, patienceMs);
}

function sagaPath(id: string): string {
  return `/v1/sagas/fulfilment/${id}`;
}

/** Until nothing is behind: everything that has a log, sagas included, has reached the read side. */
export async function settled(reader: Reader, patienceMs: number): Promise<void> {
  let before = -1;
  await waitUntil(async () => {
    const journal = await reader.journal();
    const heads = new Map<string, number>();
    for (const { stream } of journal) heads.set(stream, 0);
    for (const stream of heads.keys()) heads.set(stream, await reader.head(stream));
    const isStill = journal.length === before && (await behind(reader, heads)).length === 0;
    before = journal.length;
    return isStill;
  }, patienceMs);
}

/** Waits until a page shows the read model; else returns what it shows. */
export async function shownInTime(
  follower: Follower,
  reader: Reader,
  patienceMs: number,
): Promise<Finding[]> {
  let findings: Finding[] = [];
  await waitUntil(async () => {
    findings = await follower.findings(reader);
    return findings.length === 0;
  }, patienceMs);
  return findings;
}
