/**
 * Puts load on a side: registers the products with fetch, then lets wrk send commands from outside
 * this process.
 */
import { execFile, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { CONNECTIONS } from './settings.ts';

const run = promisify(execFile);
const script = fileURLToPath(new URL('load.lua', import.meta.url));

const result = z.object({
  requests: z.number(),
  seconds: z.number(),
  non2xx: z.number(),
  broken: z.number(),
  p50Ms: z.number(),
  p99Ms: z.number(),
});

export type Load = z.infer<typeof result>;

/** `wrk -v` prints its version and exits with 1. */
export const wrkIsInstalled = () => spawnSync('wrk', ['-v']).error === undefined;

export const sendCommands = (url: string, products: number, seconds: number) =>
  wrk(url, seconds, [String(products), randomUUID()]);

export const sendNoops = (url: string, seconds: number) => wrk(url, seconds, ['noop']);

async function wrk(url: string, seconds: number, args: readonly string[]): Promise<Load> {
  const options = ['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '-s', script, url, '--'];
  const { stdout } = await run('wrk', [...options, ...args]);
  const line = stdout.split('\n').find((text) => text.startsWith('RESULT '));
  if (line === undefined) throw new Error(`wrk gave no result:\n${stdout}`);
  return result.parse(JSON.parse(line.slice('RESULT '.length)));
}

export async function registerProducts(url: string, products: number): Promise<void> {
  let next = 1;
  const client = async () => {
    while (next <= products) await registerProduct(url, `p-${next++}`);
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, client));
}

async function registerProduct(url: string, id: string): Promise<void> {
  const response = await fetch(`${url}/v1/commands/product/${id}/RegisterProduct`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
    body: JSON.stringify({ name: `Product ${id}`, priceCents: 1999 }),
  });
  if (!response.ok)
    throw new Error(`${id} was not registered: ${response.status} ${await response.text()}`);
  await response.arrayBuffer();
}
