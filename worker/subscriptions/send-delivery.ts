/**
 * One request to a target, as Standard Webhooks signs it: the id of its content, the time, and a signature by each valid
 * secret. Of the response only the status and `Retry-After` are read; its body never is.
 */
import { resultOf, retryAfterMs, type TargetAnswer } from '../../core/subscription/retry.ts';
import { DeadlinePassed, withDeadline } from '../../durable-objects/with-deadline.ts';
import type { Platform } from '../runtime/platform.ts';
import { targetFault } from './target-fault.ts';

export const CLOUD_EVENT = 'application/cloudevents+json';

/** Ours, as Standard Webhooks advises 15 to 30 seconds: a target that works longer acknowledges first. */
export const ANSWERED_WITHIN_MS = 15_000;

export interface SignedDelivery {
  readonly url: string;
  /** The same at each attempt of the same content. */
  readonly id: string;
  readonly contentType: string;
  readonly body: string;
  readonly secrets: readonly Uint8Array<ArrayBuffer>[];
}

export interface Sender extends Pick<Platform, 'fetch' | 'nowMs'> {
  /** Local development: loopback addresses are allowed. */
  readonly isLocal: boolean;
  readonly deadlineMs?: number;
}

/** Never rejects: whatever a target does is an answer. */
export async function sendDelivery(
  { fetch, nowMs, isLocal, deadlineMs = ANSWERED_WITHIN_MS }: Sender,
  delivery: SignedDelivery,
): Promise<TargetAnswer> {
  const startMs = nowMs();
  const ended = () => Math.max(0, nowMs() - startMs);
  const gone = new AbortController();
  try {
    // Again at each attempt: what is refused now may have been allowed by an earlier release.
    if (targetFault(delivery.url, isLocal) !== undefined)
      return { result: 'unreachable', status: null, durationMs: 0 };
    const headers = await signedHeaders(delivery, Math.floor(startMs / 1_000));
    const sent = fetch(delivery.url, {
      ...{ method: 'POST', headers, body: delivery.body, signal: gone.signal },
      // A redirect could lead to a host that would be refused.
      redirect: 'manual',
    });
    const response = await withDeadline(sent, deadlineMs, 'The target has not answered in time.');
    void response.body?.cancel().catch(() => undefined);
    const { status } = response;
    const afterMs = retryAfterMs(response.headers.get('retry-after'), nowMs());
    const result = resultOf(status);
    const asksForTime = result === 'busy' && afterMs !== undefined;
    return { result, status, durationMs: ended(), ...(asksForTime && { retryAfterMs: afterMs }) };
  } catch (error) {
    const isLate = error instanceof DeadlinePassed;
    if (isLate) gone.abort();
    return { result: isLate ? 'timed-out' : 'unreachable', status: null, durationMs: ended() };
  }
}

async function signedHeaders(
  { id, contentType, body, secrets }: SignedDelivery,
  seconds: number,
): Promise<Record<string, string>> {
  const content = new TextEncoder().encode(`${id}.${seconds}.${body}`);
  const signatures = await Promise.all(secrets.map((secret) => signature(secret, content)));
  return {
    'content-type': contentType,
    'user-agent': 'Ledge',
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': signatures.join(' '),
  };
}

async function signature(secret: Uint8Array<ArrayBuffer>, content: Uint8Array): Promise<string> {
  const hmac = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', secret, hmac, false, ['sign']);
  return `v1,${Buffer.from(await crypto.subtle.sign('HMAC', key, content)).toString('base64')}`;
}
