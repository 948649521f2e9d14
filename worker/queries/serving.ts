/** Which generation of a projection answers, and what to say when none does. Called by queries. */
import { type Generation, generationKey, type ServingSet } from '../../core/generation.ts';
import type { Failure } from '../../core/outcome.ts';
import type { Projection } from '../../core/projection.ts';
import { READ_HEAD } from '../projector/journal.ts';

/** Why a projection is not up to date, as a whole. */
export async function notServing(
  database: D1Database,
  { generations }: ServingSet,
  { name, version }: Projection,
): Promise<Failure> {
  const own = generations.filter(({ projection }) => projection === name);
  const concerned = own.find((one) => one.version === version && one.purpose === 'live');
  const newest = await database.prepare(READ_HEAD).first<{ head: number }>();
  return {
    outcome: 'unavailable',
    detail: concerned ? described(concerned, newest?.head ?? 0) : `${name} was not built yet.`,
    retryAfterSeconds: 1,
  };
}

function described({ projection, version, state, cursor }: Generation, head: number): string {
  const key = generationKey({ name: projection, version });
  const progress = `${cursor} of ${head} events`;
  return state === 'following'
    ? `${key} is being built: ${progress}.`
    : `${key} is ${state}, at ${progress}.`;
}
