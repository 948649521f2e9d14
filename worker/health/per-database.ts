/** Handles streams of many tenants in one call per database. */

import { type Projector, projectorFor } from '../projector/projector.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import type { Machinery } from '../runtime/machinery.ts';

export async function perDatabase<Stream extends { readonly tenant: string }, Answer>(
  machinery: Machinery,
  env: LedgeEnv,
  streams: readonly Stream[],
  handle: (projector: Projector, own: readonly Stream[]) => Promise<readonly Answer[]>,
): Promise<Answer[]> {
  const databases = Map.groupBy(streams, ({ tenant }) => machinery.platform.database(env, tenant));
  const answers: Answer[] = [];
  for (const [database, own] of databases) {
    answers.push(...(await handle(projectorFor(machinery, env, database), own)));
  }
  return answers;
}
