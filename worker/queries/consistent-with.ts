/**
 * Read your writes: before a query runs, brings the read models up to the versions that its tokens name. It does what
 * the queue's consumer would do, so it works while the queue stands still.
 */
import { type App, findAggregate } from '../../core/app.ts';
import { type Failure, invalid } from '../../core/outcome.ts';
import { parseStreamName, parseToken } from '../../core/stream.ts';
import type { LedgeEnv } from '../env.ts';
import type { Machinery } from '../machinery.ts';
import { advance, type Reached, streamKey, type Wanted } from '../projector/advance.ts';
import { projectorFor } from '../projector/projector.ts';

const TOKENS_MAX = 20;

/** Undefined when every token is satisfied. `header` holds tokens, comma-separated. */
export async function consistentWith(
  machinery: Machinery,
  env: LedgeEnv,
  tenant: string,
  header: string | undefined,
): Promise<Failure | undefined> {
  if (header === undefined) return undefined;
  const wanted = header.split(',').map((text) => wantedBy(machinery.app, tenant, text.trim()));
  if (wanted.length > TOKENS_MAX || wanted.some((token) => token === undefined)) {
    return invalid('Consistent-With', `Send up to ${TOKENS_MAX} tokens like order/o-1@7.`);
  }
  const tokens = wanted.filter((token) => token !== undefined);
  const reached = await advanceTo(machinery, env, tenant, tokens);
  return tokens.map((token) => missing(token, reached.get(streamKey(token)))).find((one) => one);
}

/** D1 or an object in trouble is as good as not there yet. */
async function advanceTo(
  machinery: Machinery,
  env: LedgeEnv,
  tenant: string,
  tokens: readonly Wanted[],
): Promise<Map<string, Reached>> {
  const projector = projectorFor(machinery, env, machinery.platform.database(env, tenant));
  try {
    return await advance(projector, tokens);
  } catch (error) {
    machinery.platform.log('warn', { operation: 'consistent-with', tenant, error: String(error) });
    return new Map();
  }
}

function wantedBy(app: App, tenant: string, text: string): Wanted | undefined {
  const token = parseToken(text);
  const aggregate = token && parseStreamName(token.stream)?.aggregate;
  if (!token || !aggregate || !findAggregate(app, aggregate)) return undefined;
  return { tenant, ...token, events: [] };
}

function missing(token: Wanted, reached: Reached | undefined): Failure | undefined {
  if (reached && reached.version >= token.version) return undefined;
  if (reached?.because === 'beyond') {
    return invalid('Consistent-With', `${token.stream} has no version ${token.version} yet.`);
  }
  return {
    outcome: 'unavailable',
    detail: `The read models are not at version ${token.version} of ${token.stream} yet.`,
    retryAfterSeconds: 1,
  };
}
