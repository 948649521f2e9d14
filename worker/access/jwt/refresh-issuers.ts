/** Asks each issuer for its keys, so that no request has to, and a withdrawn key is gone: the cron, or an administrator. */
import type { RefreshedIssuer } from '../../../core/operator-shapes/issuers.ts';
import type { LedgeEnv } from '../../runtime/env.ts';
import type { TokenMachinery } from '../../runtime/issuer.ts';
import { storeFetched, WRITTEN_EACH_MS } from './issuer-keys.ts';
import { readIssuer } from './issuer-rows.ts';

/**
 * Ours. With the time of an isolate's copy it is less than ten minutes, after which a withdrawn key lets nothing in. From
 * the time of the tick, so that a round in which nothing changed writes nothing.
 */
const EACH_MINUTES = 4;

export async function refreshIssuers(
  machinery: TokenMachinery,
  env: LedgeEnv,
  tickMs: number,
): Promise<void> {
  if (Math.floor(tickMs / 60_000) % EACH_MINUTES !== 0) return;
  const refreshed = machinery.issuers.map(async (issuer) => {
    const row = await readIssuer(machinery.databases.first(env).database, issuer.issuer);
    const isUnanswered = row.fetchedAtMs < row.triedAtMs;
    await storeFetched(machinery, env, issuer, (keySet, askedAtMs) => {
      return (
        isUnanswered || keySet !== row.keySet || askedAtMs - row.fetchedAtMs >= WRITTEN_EACH_MS
      );
    });
  });
  await Promise.all(refreshed);
}

/** One that fails changes nothing for the others, nor for its own known keys. */
export function refreshNow(
  machinery: TokenMachinery,
  env: LedgeEnv,
): Promise<readonly RefreshedIssuer[]> {
  const refreshed = machinery.issuers.map(async (issuer): Promise<RefreshedIssuer> => {
    const { issuer: name } = issuer;
    const before = await readIssuer(machinery.databases.first(env).database, name);
    const found = await storeFetched(machinery, env, issuer, () => true);
    if ('cause' in found) return { issuer: name, result: 'failed', cause: found.cause };
    return { issuer: name, result: found.keySet === before.keySet ? 'unchanged' : 'fetched' };
  });
  return Promise.all(refreshed);
}
