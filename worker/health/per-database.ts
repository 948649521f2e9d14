/** Handles streams of many tenants in one call per database. */

import { type Projector, projectorFor } from '../projector/projector.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import type { Machinery } from '../runtime/machinery.ts';
import { byDatabase } from '../runtime/streams-by-database.ts';

/**
 * Side by side. Where another database answers, the streams of one that does not are left out, and the failure is logged.
 *
 * @throws where none does
 */
export async function perDatabase<Stream extends { readonly tenant: string }, Answer>(
  machinery: Machinery,
  env: LedgeEnv,
  streams: readonly Stream[],
  handle: (projector: Projector, own: readonly Stream[]) => Promise<readonly Answer[]>,
): Promise<Answer[]> {
  const { databases, platform } = machinery;
  const { placed, unplaced } = await byDatabase(databases, env, streams, ({ tenant }) => tenant);
  const failures: unknown[] = unplaced.map(({ error }) => error);
  const answers: (readonly Answer[])[] = [];
  await Promise.all(
    placed.map(async ({ placement, streams: own }) => {
      try {
        answers.push(await handle(projectorFor(machinery, env, placement), own));
      } catch (error) {
        failures.push(error);
      }
    }),
  );
  if (failures.length > 0 && answers.length === 0) throw failures[0];
  for (const error of failures) platform.log('warn', { operation: 'health', error });
  return answers.flat();
}
