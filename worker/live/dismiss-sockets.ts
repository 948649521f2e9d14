/**
 * Closes sockets and event streams before their end, after a credential was revoked, a principal blocked or a tenant
 * closed. Best effort: what a Live object checks before each frame holds without it.
 */
import { type App, liveShards } from '../../core/app.ts';
import type { Log } from '../../core/failures/log-line.ts';
import type { Dismissal } from '../../durable-objects/index.ts';
import { withDeadline } from '../../durable-objects/with-deadline.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import { liveStub } from '../runtime/object-stubs.ts';

/** Ours: the request that has ended the credential waits for it. */
const WITHIN_MS = 2_000;

/** Of the Worker: how many Live objects a tenant has, and where a failure is logged. */
export interface LiveObjects {
  readonly app: App;
  readonly platform: { readonly log: Log };
}

/**
 * Closes the sockets of the tenant that match: `{ credential: 'key:…' }` those whose credential has ended (4403 if it was
 * revoked, 4401 if it was replaced), `{ principal }` and `{}`, which is the whole tenant, all of them with 4403. Never
 * throws.
 */
export async function dismissSockets(
  env: LedgeEnv,
  { app, platform }: LiveObjects,
  tenant: string,
  dismissal: Dismissal,
): Promise<void> {
  const dismissAt = async (shard: number): Promise<void> => {
    // Each attempt has a stub of its own: the restart of an object breaks the one before.
    const dismiss = () => liveStub(env, tenant, shard).dismiss(dismissal);
    try {
      await withDeadline(dismiss().catch(dismiss), WITHIN_MS, 'The Live object does not answer.');
    } catch (error) {
      platform.log('warn', { operation: 'dismiss-sockets', tenant, shard, error });
    }
  };
  await Promise.all(Array.from({ length: liveShards(app) }, (_, shard) => dismissAt(shard)));
}
