/** The context of one round of `runProjections`, and its results per stream. */

import type { LiveNotification } from '../../core/live/watch.ts';
import type {
  LaggingCheckpoint,
  PlanContext,
  StreamPosition,
} from '../../core/plan/plan-stream.ts';
import { keyOf, type ServingSet } from '../../core/plan/projection-version.ts';
import type { Projector } from '../projector/projector.ts';
import type { CallDeadline } from '../reactions/call-deadline.ts';
import type { PublishedFeed } from '../wake-ups/wake-subscriptions.ts';

/** The stream's position afterwards, and the reason if it is behind the requested version. */
export type AdvanceResult = StreamPosition & {
  /**
   * `more`: there is another page. `raced`: every attempt lost its race. `beyond`: the object has no such version.
   * `waiting`: a newer deployment may have written the next event. `stuck`: the object cannot be read, or the journal
   * cannot take the event. `slow`: reactors' calls need more time than this invocation has. `unanswered`: a reactor's
   * call hangs, and nothing moved. `erased`: the tenant is erased, and now the stream is. `no-tenant`: there is no such
   * tenant. `closed`: a build writes its last page; retry in a second. `unavailable`: D1 failed;
   * this version may be outdated.
   */
  readonly reason?:
    | 'more'
    | 'raced'
    | 'beyond'
    | 'waiting'
    | 'stuck'
    | 'slow'
    | 'unanswered'
    | 'erased'
    | 'no-tenant'
    | 'closed'
    | 'unavailable';
  /** With `unavailable`: the error. */
  readonly error?: unknown;
};

/** The context of one round. */
export interface Round {
  readonly projector: Projector;
  readonly set: ServingSet;
  readonly planning: PlanContext;
  /** The time that the invocation has left for reactors' calls. */
  readonly deadline: CallDeadline;
  /** The limit on one stream's events that are read from its object; at least one event. */
  readonly streamBytesMax: number;
}

/** The result of a commit: for each stream, with the notifications of its changes. */
export interface CommitResult {
  readonly reached: readonly AdvanceResult[];
  /** Of the watches that the written batches have read. */
  readonly notifications: readonly LiveNotification[];
  /** What the written batches have published. */
  readonly feeds: readonly PublishedFeed[];
}

/** The result if nothing was written. */
export function notWritten(reached: readonly AdvanceResult[]): CommitResult {
  return { reached, notifications: [], feeds: [] };
}

export function mergeResults(results: readonly CommitResult[]): CommitResult {
  return {
    reached: results.flatMap(({ reached }) => reached),
    notifications: results.flatMap(({ notifications }) => notifications),
    feeds: results.flatMap(({ feeds }) => feeds),
  };
}

export function raced(position: StreamPosition): AdvanceResult {
  return { ...position, reason: 'raced' };
}

export function unavailable(position: StreamPosition, error: unknown): AdvanceResult {
  return { ...position, reason: 'unavailable', error };
}

/** Whether D1 has everything of the stream up to its version: the same that the object's alarm would ask for. */
export function isSettled({ version, reason }: AdvanceResult): boolean {
  return version > 0 && reason === undefined;
}

/** A parked checkpoint does not count; nor does one whose generation is being built. */
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

/** @throws the platform's error if it kept any stream from moving */
export function requireAvailable(reached: ReadonlyMap<string, AdvanceResult>): void {
  const failed = [...reached.values()].find(({ reason }) => reason === 'unavailable');
  if (failed) throw failed.error;
}
