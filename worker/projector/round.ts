/** What one round of `advance` works with, and what it answers for a stream. */
import type { Planning, Straggler, StreamPosition } from '../../core/advance.ts';
import { keyOf, type ServingSet } from '../../core/generation.ts';
import type { Watch } from '../../core/watch.ts';
import type { CallDeadline } from './call-deadline.ts';
import type { Projector } from './projector.ts';

/** The stream's version afterwards, and the cause where it is not further. */
export type Reached = StreamPosition & {
  /**
   * `more`: there is another page. `raced`: others kept winning. `beyond`: the object has no such version.
   * `waiting`: an event of a deployment that may be newer than this code. `stuck`: the object cannot be read, or the
   * journal cannot take the event. `slow`: reactors' calls need more time than this invocation has. `unanswered`: a
   * reactor's call hangs, and nothing moved. `closed`: a build writes its last page; retry in a second. `unavailable`:
   * D1 is in trouble; this version may be outdated.
   */
  readonly because?:
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
  readonly planning: Planning;
  /** How long the invocation still waits for reactors' calls. */
  readonly deadline: CallDeadline;
  /** What one stream's events may take where they are read from its object; one event at least. */
  readonly streamBytesMax: number;
}

/** What committing came to: for each stream, and who is registered for rows of their tenants. */
export interface CommitResult {
  readonly reached: readonly Reached[];
  /** As each batch that was written read them. */
  readonly watches: readonly Watch[];
}

/** Nothing was written. */
export function notWritten(reached: readonly Reached[]): CommitResult {
  return { reached, watches: [] };
}

export function mergeResults(results: readonly CommitResult[]): CommitResult {
  return {
    reached: results.flatMap(({ reached }) => reached),
    watches: results.flatMap(({ watches }) => watches),
  };
}

export function raced(position: StreamPosition): Reached {
  return { ...position, because: 'raced' };
}

export function unavailable(position: StreamPosition, error: unknown): Reached {
  return { ...position, because: 'unavailable', error };
}

/** A parked straggler waits, and one whose generation is out of step altogether is its build's business. */
export function isBehind(
  { followers }: Planning,
  { version }: StreamPosition,
  straggler: Straggler,
): boolean {
  const moves = followers.some((one) => keyOf(one) === straggler.generation);
  return moves && !straggler.parked && straggler.version < version;
}

export function isCatchingUp(planning: Planning, position: StreamPosition): boolean {
  return position.stragglers.some((one) => isBehind(planning, position, one));
}

/** @throws what the platform threw, where it kept any stream from moving */
export function requireAvailable(reached: ReadonlyMap<string, Reached>): void {
  const failed = [...reached.values()].find(({ because }) => because === 'unavailable');
  if (failed) throw failed.error;
}
