/** What one round of `runProjections` works with, and what it answers for a stream. */

import type { Watch } from '../../core/live/watch.ts';
import type {
  LaggingCheckpoint,
  PlanContext,
  StreamPosition,
} from '../../core/plan/plan-stream.ts';
import { keyOf, type ServingSet } from '../../core/plan/projection-version.ts';
import type { Projector } from '../projector/projector.ts';
import type { CallDeadline } from '../reactions/call-deadline.ts';

/** The stream's version afterwards, and the cause where it is not further. */
export type AdvanceResult = StreamPosition & {
  /**
   * `more`: there is another page. `raced`: others kept winning. `beyond`: the object has no such version.
   * `waiting`: an event of a deployment that may be newer than this code. `stuck`: the object cannot be read, or the
   * journal cannot take the event. `slow`: reactors' calls need more time than this invocation has. `unanswered`: a
   * reactor's call hangs, and nothing moved. `closed`: a build writes its last page; retry in a second. `unavailable`:
   * D1 is in trouble; this version may be outdated.
   */
  readonly reason?:
    | 'more'
    | 'raced'
    | 'beyond'
    | 'waiting'
    | 'stuck'
    | 'slow'
    | 'unanswered'
    | 'closed'
    | 'unavailable';
  /** With `unavailable`: what was thrown. */
  readonly error?: unknown;
};

/** What one round works with. */
export interface Round {
  readonly projector: Projector;
  readonly set: ServingSet;
  readonly planning: PlanContext;
  /** How long the invocation still waits for reactors' calls. */
  readonly deadline: CallDeadline;
  /** What one stream's events may take where they are read from its object; one event at least. */
  readonly streamBytesMax: number;
}

/** What committing came to: for each stream, and who is registered for rows of their tenants. */
export interface CommitResult {
  readonly reached: readonly AdvanceResult[];
  /** As each batch that was written read them. */
  readonly watches: readonly Watch[];
}

/** Nothing was written. */
export function notWritten(reached: readonly AdvanceResult[]): CommitResult {
  return { reached, watches: [] };
}

export function mergeResults(results: readonly CommitResult[]): CommitResult {
  return {
    reached: results.flatMap(({ reached }) => reached),
    watches: results.flatMap(({ watches }) => watches),
  };
}

export function raced(position: StreamPosition): AdvanceResult {
  return { ...position, reason: 'raced' };
}

export function unavailable(position: StreamPosition, error: unknown): AdvanceResult {
  return { ...position, reason: 'unavailable', error };
}

/** A parked checkpoint waits; one whose generation is not live at all is its build's business. */
export function isBehind(
  { followers }: PlanContext,
  { version }: StreamPosition,
  checkpoint: LaggingCheckpoint,
): boolean {
  const moves = followers.some((one) => keyOf(one) === checkpoint.generation);
  return moves && !checkpoint.parked && checkpoint.version < version;
}

export function isCatchingUp(planning: PlanContext, position: StreamPosition): boolean {
  return position.lagging.some((one) => isBehind(planning, position, one));
}

/** @throws what the platform threw, where it kept any stream from moving */
export function requireAvailable(reached: ReadonlyMap<string, AdvanceResult>): void {
  const failed = [...reached.values()].find(({ reason }) => reason === 'unavailable');
  if (failed) throw failed.error;
}
