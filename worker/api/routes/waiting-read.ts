/**
 * A read that may wait for news. The caller holds a place among its polls meanwhile; when it is answered, its credential
 * and its tenant have to be valid still.
 */
import type { Context } from 'hono';
import type { Failure } from '../../../core/aggregate/outcome.ts';
import { hasEnded } from '../../access/credential-end.ts';
import type { OpenPolls } from '../../access/open-polls.ts';
import type { ApiTypes } from '../../http/api-types.ts';
import type { Machinery } from '../../runtime/machinery.ts';

/** A request that waits may take longer by its reads and its answer. Ours. */
const GRACE_MS = 10_000;

export async function waitingRead<Page extends object>(
  machinery: Machinery,
  polls: OpenPolls,
  context: Context<ApiTypes>,
  waitSeconds: number,
  read: () => Promise<Page | Failure>,
): Promise<Page | Failure> {
  const { nowMs } = machinery.platform;
  const { caller } = context.var;
  const untilMs = nowMs() + waitSeconds * 1_000 + GRACE_MS;
  const place = waitSeconds > 0 ? polls.enter(caller, untilMs) : undefined;
  if (place && 'outcome' in place) return place;
  const page = await read().finally(() => place?.leave());
  if ('outcome' in page) return page;
  if (await hasEnded(context.env, nowMs(), caller)) {
    return { outcome: 'unauthorized', why: caller.key ? 'invalid' : 'expired' };
  }
  const admission = await machinery.tenants.admission(context.env, caller);
  return 'outcome' in admission && !caller.isUnrestricted ? admission : page;
}
