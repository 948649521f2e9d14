/**
 * After a restore of D1: raises epoch and revision above all earlier ones, so that no plan from before the restore can
 * commit, and records the position up to which old and new journal are equal.
 */

import { tagAt } from '../journal/page-sql.ts';
import { notifyDue } from '../notifications/notify-live-objects.ts';
import { dueFrom, markDue } from '../notifications/registrations.ts';
import { EMPTY_COPIES } from '../personal/key-copies.ts';
import { UNCHECK_RESIDENCE } from '../projections/residence.ts';
import type { Projector } from '../projector/projector.ts';
import type { Anchor } from './list-streams.ts';

export interface EpochStart {
  readonly epoch: number;
  readonly revision: number;
  readonly anchors: readonly Anchor[];
}

export interface BegunEpoch {
  readonly epoch: number;
  readonly revision: number;
  readonly common: number;
}

const BEGIN = `
  INSERT INTO epoch (number, common, at)
  SELECT max(?1, coalesce((SELECT max(number) FROM epoch), 0)) + 1, coalesce((
    SELECT max(value ->> 'position') FROM json_each(?2)
    WHERE value ->> 'tag' = ${tagAt("(value ->> 'position')")}), 0), ?3
  RETURNING number AS epoch, common`;

/** Opens the door of commits, which is still closed if the database was put back in part. */
const RAISE = `
  INSERT INTO serving_set (id, revision) VALUES (1, max(?1, coalesce((SELECT revision FROM serving_set), 0)) + 1)
  ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, closing_until = min(closing_until, unixepoch('subsec'))
  RETURNING revision`;

const PROJECTIONS = 'SELECT DISTINCT projection FROM generation';

/** Notifies live queries of every projection, because their rows may have been reverted. */
export async function beginEpoch(
  projector: Projector,
  { epoch, revision, anchors }: EpochStart,
): Promise<BegunEpoch> {
  const { database, nowMs } = projector;
  const { results } = await database.prepare(PROJECTIONS).all<{ projection: string }>();
  const [begun, raised, , , due] = await database.batch([
    database.prepare(BEGIN).bind(epoch, JSON.stringify(anchors), new Date(nowMs()).toISOString()),
    database.prepare(RAISE).bind(revision),
    database.prepare(UNCHECK_RESIDENCE),
    // The restored copies may be those of subjects that were forgotten since; their streams are brought back later.
    database.prepare(EMPTY_COPIES),
    markDue(
      database,
      results.map(({ projection }) => projection),
    ),
  ]);
  await notifyDue(projector, dueFrom(due));
  // The statement determines the type of the rows.
  const facts = [...(begun?.results ?? []), ...(raised?.results ?? [])] as Partial<BegunEpoch>[];
  return Object.assign({ epoch: 0, revision: 0, common: 0 }, ...facts);
}
