/** The checker: compares a history and the final state with everything that Ledge promises its clients. */
import type { App } from '../../core/app.ts';
import type { FinalState } from './final-state.ts';
import type { Finding } from './finding.ts';
import { findChanged } from './findings/changed.ts';
import { findContradicted } from './findings/contradicted.ts';
import { findDoubled } from './findings/doubled.ts';
import { findGaps } from './findings/gap.ts';
import { findLost } from './findings/lost.ts';
import { findMisfolded } from './findings/misfolded.ts';
import { findPhantoms } from './findings/phantom.ts';
import { findReordered } from './findings/reordered.ts';
import { findShown } from './findings/shown.ts';
import { findStale } from './findings/stale.ts';
import { findTorn } from './findings/torn.ts';
import { findUnfinished } from './findings/unfinished.ts';
import { findUngranted } from './findings/ungranted.ts';
import { findUnguarded } from './findings/unguarded.ts';
import type { History } from './history.ts';
import { worldOf } from './world.ts';

/** The promises of a domain: sums that are conserved, and consistent ends. */
export type Law = (state: FinalState) => Finding[];

const finders = [
  findLost,
  findPhantoms,
  findDoubled,
  findReordered,
  findGaps,
  findChanged,
  findContradicted,
  findUnguarded,
  findStale,
  findTorn,
  findMisfolded,
  findUnfinished,
  findShown,
  findUngranted,
];

export function checkHistory(
  app: App,
  history: History,
  state: FinalState,
  laws: readonly Law[] = [],
): Finding[] {
  const world = worldOf(app, history, state);
  return [...finders.flatMap((find) => find(world)), ...laws.flatMap((law) => law(state))];
}
