/** The streams that a database knows, and those with events after a position: what a restore and an export list. */
import * as z from 'zod';
import { askAgain } from './ask-again.ts';
import type { Server } from './server.ts';

const listedStream = z.object({ tenant: z.string(), stream: z.string(), version: z.number() });

export const streamPage = z.object({
  streams: z.array(listedStream),
  after: z.object({ tenant: z.string(), stream: z.string() }).optional(),
});

export const newerPage = z.object({
  streams: z.array(listedStream),
  after: z.number(),
  done: z.boolean(),
});

type ListedStream = z.output<typeof listedStream>;
type StreamId = Pick<ListedStream, 'tenant' | 'stream'>;

/** A page of names, and where the next one begins. */
export function streamNames(server: Server, after: StreamId): Promise<z.output<typeof streamPage>> {
  const { tenant, stream } = after;
  const input = { after: { tenant, stream } };
  return ask(server, '/v1/restore/streams', input, streamPage);
}

/** Each once, and the position up to which they were listed. */
export async function newerStreams(
  server: Server,
  position: number,
): Promise<{ readonly streams: readonly ListedStream[]; readonly position: number }> {
  const found = new Map<string, ListedStream>();
  for (let after = position; ; ) {
    const input = { after };
    const page = await ask(server, '/v1/restore/newer-streams', input, newerPage);
    for (const one of page.streams) found.set(`${one.tenant}/${one.stream}`, one);
    ({ after } = page);
    if (page.done) return { streams: [...found.values()], position: after };
  }
}

/** Of the server's database. */
function ask<Shape>(
  server: Server,
  path: string,
  input: object,
  shape: z.ZodType<Shape, Shape>,
): Promise<Shape> {
  const query = { database: server.database };
  return askAgain(server, { method: 'POST', path, query, input }, shape);
}
