/** Builds a page and measures what it asked of D1, so that a build leaves room for live work. */
import type { MeasuredPage } from '../../../durable-objects/index.ts';
import { MeteredDatabase } from '../../d1/metered-database.ts';
import type { Projector } from '../../projector/projector.ts';
import { buildPage } from './build-page.ts';

/** @throws as `buildPage` */
export async function measuredPage(
  projector: Projector,
  projection: string,
  eventsMax: number,
): Promise<MeasuredPage | 'idle'> {
  const { nowMs } = projector;
  const startMs = nowMs();
  const metered = new MeteredDatabase(projector.database, nowMs);
  const { database } = metered;
  const page = await buildPage({ ...projector, database }, projection, eventsMax);
  return page === 'idle' ? page : { ...page, ...metered.usage, elapsedMs: nowMs() - startMs };
}
