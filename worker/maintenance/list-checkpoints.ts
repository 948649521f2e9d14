/** Lists the shared checkpoints of a tenant's streams, a page at a time: what the journal should have. */
import type { CheckpointPage } from '../../core/operator-shapes/verification.ts';

const NEXT_CHECKPOINTS = `
  SELECT stream, version FROM checkpoint WHERE tenant = ?1 AND stream > ?2 AND projection = ''
  ORDER BY stream LIMIT ?3`;

interface CheckpointRange {
  /** A stream; empty: from the first one. */
  readonly after: string;
  readonly limit: number;
}

/** From the primary: a later read of the journal has at least what these say. */
export async function listCheckpoints(
  database: D1Database,
  tenant: string,
  { after, limit }: CheckpointRange,
): Promise<CheckpointPage> {
  const { results: checkpoints } = await database
    .withSession('first-primary')
    .prepare(NEXT_CHECKPOINTS)
    .bind(tenant, after, limit)
    .all<CheckpointPage['checkpoints'][number]>();
  const last = checkpoints.length === limit ? checkpoints.at(-1) : undefined;
  return { checkpoints, ...(last && { after: last.stream }) };
}
