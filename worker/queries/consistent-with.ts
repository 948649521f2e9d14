/**
 * Read your writes: before a query runs, brings its read model up to the versions of its tokens. It runs the
 * projections itself, so that it works while the queue does not deliver.
 */

import type { Rights } from '../../core/access/rights.ts';
import type { StateQuestion } from '../../core/aggregate/authorization.ts';
import { type Failure, invalid } from '../../core/aggregate/outcome.ts';
import { aggregateOf, parseStreamName, parseToken } from '../../core/aggregate/stream.ts';
import { type App, findAggregate } from '../../core/app.ts';
import { missingTableOf } from '../../core/failures/platform-error.ts';
import { TOKENS_MAX } from '../../core/live/live-limits.ts';
import { generationKey } from '../../core/plan/keys.ts';
import { concerns, servingGeneration } from '../../core/plan/projection-version.ts';
import type { Projection } from '../../core/projection/projection.ts';
import { unavailableBy, withJitter } from '../http/unavailable.ts';
import { streamKey } from '../projections/positions.ts';
import {
  type AdvanceResult,
  advanceStreams,
  type StreamDelivery,
} from '../projections/run-projections.ts';
import type { Projector } from '../projector/projector.ts';
import { notServing } from './serving-version.ts';

/** The caller whose tokens these are: they name streams of its tenant alone. */
export interface TokenHolder {
  readonly tenant: string;
  readonly rights: Pick<Rights, 'read'>;
}

/** A stream to bring up to date, and the question to its object before a failure is answered. */
interface ReadableToken extends StreamDelivery {
  readonly question?: StateQuestion | undefined;
}

/**
 * Undefined when every token is satisfied. `header` is a comma-separated list of tokens. A client sends those of all that
 * it has written: the token of a stream that the caller may not read is ignored, whether there is such a stream or not.
 */
export async function consistentWith(
  projector: Projector,
  holder: TokenHolder,
  projection: Projection,
  header: string | undefined,
): Promise<Failure | undefined> {
  if (header === undefined) return undefined;
  const wanted = header
    .split(',')
    .map((text) => deliveryOf(projector.app, holder.tenant, text.trim()));
  if (wanted.length > TOKENS_MAX || wanted.some((token) => token === undefined)) {
    return invalid('Consistent-With', `Send up to ${TOKENS_MAX} tokens like order/o-1@7.`);
  }
  const tokens = wanted.filter((token) => token !== undefined);
  return bringUpTo(
    projector,
    projection,
    // Events of other aggregates do not change the projection.
    tokens
      .filter(({ stream }) => concerns(projection, aggregateOf(stream)))
      .flatMap((token) => readable(holder, token)),
  );
}

/** None where no role lets the caller read any stream of the aggregate: its object is not called. */
function readable({ rights }: TokenHolder, token: StreamDelivery): ReadableToken[] {
  const address = parseStreamName(token.stream);
  const question = address && rights.read(address);
  if (!address || (question && 'outcome' in question)) return [];
  return [{ ...token, question }];
}

/** A failure of D1 or of an object is handled like events that have not arrived. */
async function bringUpTo(
  projector: Projector,
  projection: Projection,
  tokens: readonly ReadableToken[],
): Promise<Failure | undefined> {
  if (tokens.length === 0) return undefined;
  try {
    const { reached, set } = await advanceStreams(projector, tokens);
    if (!set) throw [...reached.values()].find(({ reason }) => reason === 'unavailable')?.error;
    const serving = servingGeneration(set, projection.name);
    if (serving?.state !== 'live') return notServing(projector.database, set, projection);
    const key = generationKey({ name: projection.name, version: serving.version });
    for (const token of tokens) {
      const failure = missing(token, reached.get(streamKey(token)), projection, key);
      if (failure && (await isShown(projector, token))) return failure;
    }
    return undefined;
  } catch (error) {
    if (missingTableOf(error) !== undefined) throw error;
    projector.log('warn', { operation: 'consistent-with', error });
    return unavailableBy(error) ?? notYet(tokens[0]);
  }
}

/** A rule over the state is asked where the answer would tell how far the stream is. */
async function isShown(
  { isReadable }: Projector,
  { tenant, stream, question }: ReadableToken,
): Promise<boolean> {
  return question === undefined || isReadable(tenant, stream, question);
}

function deliveryOf(app: App, tenant: string, text: string): StreamDelivery | undefined {
  const token = parseToken(text);
  const aggregate = token && aggregateOf(token.stream);
  if (!token || !aggregate || !findAggregate(app, aggregate)) return undefined;
  return { tenant, ...token, events: [] };
}

function missing(
  token: StreamDelivery,
  reached: AdvanceResult | undefined,
  { name }: Projection,
  key: string,
): Failure | undefined {
  const { stream, version } = token;
  if (reached?.reason === 'beyond') {
    return invalid('Consistent-With', `${stream} has no version ${version} yet.`);
  }
  const checkpoint = reached?.lagging.find(({ generation }) => generation === key);
  const got = checkpoint ? checkpoint.version : (reached?.version ?? 0);
  if (got >= version) return undefined;
  if (reached?.reason === 'unavailable') {
    if (missingTableOf(reached.error) !== undefined) throw reached.error;
    return unavailableBy(reached.error) ?? notYet(token);
  }
  return checkpoint?.parked ? { outcome: 'parked', stream, projection: name } : notYet(token);
}

function notYet(token: StreamDelivery | undefined): Failure {
  const behind = token ? ` at version ${token.version} of ${token.stream}` : '';
  return {
    outcome: 'unavailable',
    detail: `The read model is not${behind} yet.`,
    retryAfterSeconds: withJitter(1),
  };
}
