/** The states of a stream at its versions, and when it can have had them. */
import { fold } from '../../core/aggregate/aggregate.ts';
import { parseStreamName } from '../../core/aggregate/stream.ts';
import { findAggregate } from '../../core/app.ts';
import type { Match } from './credential-lines.ts';
import { isGranted } from './known-credential.ts';
import { logOf, type World } from './world.ts';

/** Undefined where the log cannot be folded, which another check finds. */
export function stateAt(world: World, stream: string, version: number): unknown {
  const aggregate = findAggregate(world.app, parseStreamName(stream)?.aggregate ?? '');
  try {
    const log = logOf(world, stream).slice(0, version);
    return aggregate && fold(aggregate, aggregate.initialState(), log);
  } catch {
    return undefined;
  }
}

interface Span {
  readonly stream: string;
  /** A version that was read. */
  readonly from: number;
  /** The place in the history at which the answer was there. */
  readonly before: number;
}

/** Whether one of the states that the stream can have had when it was read is granted. */
export function isPossiblyGranted(
  world: World,
  { stream, from, before }: Span,
  match: Match | undefined,
): boolean {
  if (match === 'all' || match === undefined) return match === 'all';
  const last = Math.max(from, lastPossible(world, stream, before));
  for (let version = from; version <= last; version++) {
    if (isGranted(match, stateAt(world, stream, version))) return true;
  }
  return false;
}

/** The last version whose command had begun at that place of the history. */
function lastPossible({ groups, intents }: World, stream: string, before: number): number {
  const begun = new Map(
    intents.filter((one) => one.stream === stream).map((one) => [one.key, one.invoked]),
  );
  const own = groups.filter((group) => group.stream === stream);
  const first = own.find(({ commandId }) => (begun.get(commandId) ?? -1) >= before);
  return first ? first.first - 1 : (own.at(-1)?.last ?? 0);
}
