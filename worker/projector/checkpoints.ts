/** Reads how far streams got. Called by advance, by queries that carry a token, and by the relay's alarm. */
import type { Checkpoint } from '../../core/advance.ts';

/** CROSS JOIN keeps the wanted streams outside: one key look-up each, never a scan of all checkpoints. */
const READ_CHECKPOINTS = `
  SELECT checkpoint.tenant, checkpoint.stream, checkpoint.version
  FROM json_each(?) AS wanted CROSS JOIN checkpoint
  WHERE checkpoint.tenant = wanted.value ->> 0 AND checkpoint.stream = wanted.value ->> 1
    AND checkpoint.projection = ''`;

/** Always from the primary: a replica may be behind, and a checkpoint that is behind costs a lost race. */
export async function readCheckpoints(
  database: D1Database,
  streams: readonly Pick<Checkpoint, 'tenant' | 'stream'>[],
): Promise<Checkpoint[]> {
  const wanted = JSON.stringify(streams.map(({ tenant, stream }) => [tenant, stream]));
  const session = database.withSession('first-primary');
  const { results } = await session.prepare(READ_CHECKPOINTS).bind(wanted).all<Checkpoint>();
  return results;
}
