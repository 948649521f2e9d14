/**
 * Issues an API key so that a lost answer leaves no second key: each repeat has the same idempotency key. The text of a
 * key is answered once; where that answer was lost, the key is rotated, which shows a text that no other party has.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { defaultRetryPolicy, nextWaitMs } from '../../client/retry.ts';
import { apiKeyView, type ShownApiKey, shownApiKey } from '../../core/operator-shapes/api-key.ts';
import { ask, NoAnswer, type Server } from './server.ts';

const issuedKey = z.union([shownApiKey, apiKeyView]);

export async function issueKey(server: Server, input: object): Promise<ShownApiKey> {
  const idempotencyKey = crypto.randomUUID();
  const request = { method: 'POST', path: '/v1/keys', input, idempotencyKey } as const;
  const issued = await repeated(() => ask(server, request, issuedKey));
  return 'key' in issued ? issued : repeated(() => rotateKey(server, issued.id, 0));
}

export function rotateKey(server: Server, id: string, graceMs: number): Promise<ShownApiKey> {
  const path = keyPath(id, 'rotate');
  return ask(server, { method: 'POST', path, input: { graceMs } }, shownApiKey);
}

export function keyPath(id: string, operation: string): string {
  return `/v1/keys/${encodeURIComponent(id)}/${operation}`;
}

/** A person waits for it. */
const policy = { ...defaultRetryPolicy, attemptsMax: 4 };

/**
 * For a request that does nothing twice.
 *
 * @throws NoAnswer
 */
export async function repeated<Answer>(attempt: () => Promise<Answer>): Promise<Answer> {
  const startMs = Date.now();
  for (let attempts = 1; ; attempts++) {
    try {
      return await attempt();
    } catch (error) {
      const elapsedMs = Date.now() - startMs;
      const waitMs = nextWaitMs(policy, { attempts, elapsedMs, askedMs: 0, random: Math.random() });
      if (!(error instanceof NoAnswer) || !error.isTransient || waitMs === undefined) throw error;
      await sleep(waitMs);
    }
  }
}
