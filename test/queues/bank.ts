/** The bank on four queues, as its tests use it: commands, what D1 has, and batches handed over by hand. */
import { applyD1Migrations, createMessageBatch, type D1Migration } from 'cloudflare:test';
import { env as bindings } from 'cloudflare:workers';
import { vi } from 'vitest';
import * as z from 'zod';
import type { LedgeBindings } from '../../worker/runtime/env.ts';
import { seeded } from '../chaos/random.ts';
import { worker } from './entry.ts';

type BankEnv = Omit<LedgeBindings, 'AGGREGATE'> & {
  readonly AGGREGATE: DurableObjectNamespace;
  readonly MIGRATIONS: D1Migration[];
};

function isBankEnv(candidate: object): candidate is BankEnv {
  return 'EVENTS_4' in candidate && 'MIGRATIONS' in candidate;
}

if (!isBankEnv(bindings)) throw new Error('The bank lacks its bindings.');
export const env = bindings;

/** For `beforeAll`. */
export async function openBank(): Promise<void> {
  await applyD1Migrations(env.DB, env.MIGRATIONS);
  // The first request of a deployment changes the serving set, which batches of other requests then lose.
  await run([opening('first')]);
  await arrived(['first']);
}

export const objectOf = (id: string) => env.AGGREGATE.getByName(`main/account/${id}`);

interface Line {
  readonly id: string;
  readonly command: 'OpenAccount' | 'Deposit';
  readonly data: object;
}

export function deposit(id: string): Line {
  return { id, command: 'Deposit', data: { cents: 1 } };
}

export function opening(id: string): Line {
  return { id, command: 'OpenAccount', data: { owner: id } };
}

const answers = z.array(z.object({ status: z.int(), detail: z.string().optional() }));

/** As one batch: the answer of each line. */
export async function run(lines: readonly Line[]): Promise<z.infer<typeof answers>> {
  const response = await worker.fetch(
    new Request('http://ledge.test/v1/commands', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(lines.map((line) => ({ aggregate: 'account', ...line }))),
    }),
    env,
  );
  const text = (await response.text()).trim();
  return answers.parse(text.split('\n').map((line) => JSON.parse(line)));
}

/** The versions that D1 has, by account. */
export async function versions(): Promise<Map<string, number>> {
  const { results } = await env.DB.prepare(
    "SELECT stream, version FROM checkpoint WHERE projection = ''",
  ).all<{ stream: string; version: number }>();
  return new Map(results.map(({ stream, version }) => [stream.slice('account/'.length), version]));
}

/** Waits until D1 has all events of these accounts. */
export async function arrived(ids: readonly string[]): Promise<void> {
  const heads = await Promise.all(ids.map(headOf));
  const isThere = async () => {
    const reached = await versions();
    return ids.every((id, index) => reached.get(id) === heads[index]);
  };
  await vi.waitUntil(isThere, { timeout: 20_000, interval: 50 });
}

export async function headOf(id: string): Promise<number> {
  const response = await worker.fetch(
    new Request(`http://ledge.test/v1/aggregates/account/${id}`),
    env,
  );
  return z.object({ version: z.int() }).parse(await response.json()).version;
}

/** Hands the messages of streams to the consumer as one batch. */
export async function consume(queue: string, messages: readonly object[]): Promise<void> {
  const batch = messages.map((message, index) => ({
    id: `${queue}-${index}`,
    timestamp: new Date(),
    attempts: 1,
    body: JSON.stringify(message),
  }));
  await worker.queue(createMessageBatch<unknown>(queue, batch), env);
}

/** Some accounts are written far more often than others: the n-th one an n-th as often as the first. */
export function zipf(ids: readonly string[], count: number): string[] {
  const random = seeded(17);
  const weights = ids.map((_, index) => 1 / (index + 1));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return Array.from({ length: count }, () => {
    let left = (random(1_000_000) / 1_000_000) * total;
    const index = weights.findIndex((weight) => {
      left -= weight;
      return left < 0;
    });
    return ids[Math.max(index, 0)] ?? '';
  });
}
