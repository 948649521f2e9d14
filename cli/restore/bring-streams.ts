/** Brings D1 up to the heads of streams' objects: several requests side by side, in rounds. */
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { askAgain } from '../operations/ask-again.ts';
import { inBatches } from '../operations/in-batches.ts';
import type { Server } from '../operations/server.ts';

/** A stream that is not at its object's head, with what is in the way. */
export interface LeftStream {
  readonly key: string;
  readonly because: string;
}

export interface BroughtStreams {
  readonly server: Server;
  readonly streams: readonly { readonly tenant: string; readonly stream: string }[];
  /** Called with the keys of streams that are at their heads, and how many are left. */
  readonly brought: (keys: readonly string[], left: number) => Promise<void>;
}

const answered = z.object({
  streams: z.array(
    z.object({
      tenant: z.string(),
      stream: z.string(),
      head: z.number().nullable(),
      version: z.number(),
      because: z.string().optional(),
    }),
  ),
});

type Brought = z.output<typeof answered>['streams'][number];

/** Chosen by us: requests side by side, each of so many streams. */
const LANES = 4;
const BROUGHT_AT_ONCE = 50;

/** Chosen by us: a door of a build is closed for two seconds, an object that was busy answers by then. */
const ROUNDS_MAX = 8;
const BETWEEN_ROUNDS_MS = 1_000;

/** Streams that are not at their heads are asked for again, in rounds. @returns those that are left */
export async function bringStreams(given: BroughtStreams): Promise<LeftStream[]> {
  const open = new Map(given.streams.map((one) => [`${one.tenant}/${one.stream}`, one]));
  const reasons = new Map<string, string>();
  for (let round = 0; round < ROUNDS_MAX && open.size > 0; round++) {
    if (round > 0) await sleep(BETWEEN_ROUNDS_MS);
    await bringRound(given, open, reasons);
  }
  return [...open.keys()].map((key) => ({ key, because: reasons.get(key) ?? '' }));
}

async function bringRound(
  { server, brought }: BroughtStreams,
  open: Map<string, BroughtStreams['streams'][number]>,
  reasons: Map<string, string>,
): Promise<void> {
  const batches = inBatches([...open.values()], BROUGHT_AT_ONCE);
  const lane = async () => {
    for (const batch of batches) {
      const input = { streams: batch.map(({ tenant, stream }) => ({ tenant, stream })) };
      const query = { database: server.database };
      const request = { method: 'POST', path: '/v1/restore/bring', query, input } as const;
      const { streams } = await askAgain(server, request, answered);
      const done = streams.filter(isAtHead).map(keyOf);
      for (const key of done) open.delete(key);
      for (const one of streams) reasons.set(keyOf(one), reasonOf(one));
      await brought(done, open.size);
    }
  };
  // All lanes draw from one iterator: each batch is taken once.
  await Promise.all(Array.from({ length: LANES }, lane));
}

function keyOf({ tenant, stream }: Brought): string {
  return `${tenant}/${stream}`;
}

function isAtHead({ head, version }: Brought): boolean {
  return head !== null && version >= head;
}

function reasonOf({ head, version, because }: Brought): string {
  if (head === null) return 'its object does not answer, or the code does not define its aggregate';
  return `at version ${version} of ${head}${because === undefined ? '' : `, ${because}`}`;
}
