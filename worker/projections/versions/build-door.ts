/**
 * The door of a build's last page. While it is closed no live plan commits, so that the journal does not grow and the
 * last page can complete. Both sides of every comparison use D1's clock. Only liveness depends on the door: the last
 * page still asserts revision and head.
 */

import { buildKey } from '../../../core/plan/keys.ts';
import type { Generation } from '../../../core/plan/projection-version.ts';
import { HEAD } from '../../journal/page-sql.ts';
import type { BuildContext } from './build-context.ts';

/** Our limit: a few round trips and a page. Live commits wait no longer than this for a build that was interrupted. */
const DOOR_SECONDS_MAX = 2;

/** Our limit: what fits into a page. More events are read while live commits continue. */
const POSITIONS_LEFT_MAX = 5_000;

/**
 * One holder at a time; after closing, the door stays open at least as long. Also refused if the build was paused or
 * moved concurrently, or has too many events left.
 */
const CLOSE = `
  UPDATE serving_set SET closed_by = ?1, closed_at = unixepoch('subsec'),
    closing_until = unixepoch('subsec') + ${DOOR_SECONDS_MAX}
  WHERE unixepoch('subsec') - closing_until >= closing_until - closed_at AND revision = ?2
    AND EXISTS (SELECT 1 FROM generation WHERE projection = ?3 AND version = ?4 AND purpose = ?5 AND cursor = ?6
      AND state = 'catching-up')
    AND ${HEAD} - ?6 < ${POSITIONS_LEFT_MAX}
  RETURNING closed_by`;

/** `cursor` is the build's position. Returns whether the door is closed now. */
export async function closeDoor(
  { projector, generation, set }: BuildContext,
  cursor: number,
): Promise<boolean> {
  const { projection, version, purpose } = generation;
  const closed = await projector.database
    .prepare(CLOSE)
    .bind(buildKey(generation), set.revision, projection, version, purpose, cursor)
    .first();
  return closed !== null;
}

const OPEN = `
  UPDATE serving_set SET closing_until = unixepoch('subsec')
  WHERE closed_by = ? AND closing_until > unixepoch('subsec')`;

/** For the batch that ends the build. The door of another build is unchanged. */
export function openDoor(database: D1Database, generation: Generation): D1PreparedStatement {
  return database.prepare(OPEN).bind(buildKey(generation));
}
