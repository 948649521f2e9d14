/** Puts load on a side: wrk sends from outside this process, load.lua makes what it sends. */
import { execFile, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as z from 'zod';
import { CONNECTIONS } from './settings.ts';
import type { Running } from './start-side.ts';

/** What the requests of one load are, and what is to come of each. */
export interface Requests {
  /** Their name in load.lua. */
  readonly kind:
    | 'health'
    | 'command'
    | 'fresh'
    | 'batch'
    | 'repeated'
    | 'invalid'
    | 'oversized'
    | 'row'
    | 'unchanged'
    | 'state';
  /** All of them are registered and warm before the clock starts. */
  readonly products: number;
  readonly status: number;
  readonly commandsEach: number;
  readonly eventsEach: number;
  /** From the first one alone: the repeats of a command add nothing. */
  readonly eventsOnce: number;
}

const result = z.object({
  requests: z.number(),
  seconds: z.number(),
  /** Answers with another status. */
  unexpected: z.number(),
  broken: z.number(),
  p50Ms: z.number(),
  p99Ms: z.number(),
});

export type Load = z.infer<typeof result>;

const run = promisify(execFile);
const script = fileURLToPath(new URL('load.lua', import.meta.url));

/** Of what `unchanged` asks for. A bare side has none, and ignores what it is sent. */
async function entityTag(url: string): Promise<string> {
  const response = await fetch(`${url}/v1/queries/products/p-1`);
  await response.text();
  return response.headers.get('etag') ?? '"none"';
}

/** `wrk -v` prints its version and exits with 1. */
export const wrkIsInstalled = () => spawnSync('wrk', ['-v']).error === undefined;

export async function load(
  { url, authorization }: Pick<Running, 'url' | 'authorization'>,
  { kind, status, products }: Requests,
  seconds: number,
): Promise<Load> {
  const options = ['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '-s', script, url, '--'];
  const { stdout } = await run('wrk', [
    ...options,
    kind,
    String(status),
    String(products),
    randomUUID(),
    kind === 'unchanged' ? await entityTag(url) : '',
    authorization,
  ]);
  const line = stdout.split('\n').find((text) => text.startsWith('RESULT '));
  if (line === undefined) throw new Error(`wrk gave no result:\n${stdout}`);
  return result.parse(JSON.parse(line.slice('RESULT '.length)));
}
