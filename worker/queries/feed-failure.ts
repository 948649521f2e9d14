/** Why a feed cannot go on from a position. */
import type { Failure } from '../../core/aggregate/outcome.ts';
import type { Log } from '../../core/failures/log-line.ts';
import type { ShownPositions } from '../access/sealed-positions.ts';
import type { Hole, RestoredJournal } from './journal-page.ts';

/** Readers must not pass a missing position, nor events that replaced others after a restore. */
export function feedFailure(
  note: 'a position of the journal is missing' | 'a position of a publication is missing',
  page: RestoredJournal | Hole,
  shown: ShownPositions,
  log: Log,
): Failure {
  if ('hole' in page) {
    const [after, upTo] = page.hole;
    const { error } = page;
    log('error', { operation: 'feed', note, after, upTo, ...(error && { error }) });
    return { outcome: 'damaged' };
  }
  const { common } = page;
  return { outcome: 'restored', ...(common && { common: shown.of(common) }) };
}
