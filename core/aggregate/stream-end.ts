/** The end of a stream: an event after which its aggregate takes no command any more. */
import type { RejectedDecision } from './decision.ts';

/** Why a command is rejected whose stream has ended. */
const STREAM_ENDED = 'stream-ended';

/** The decide functions of an aggregate with ends: each may reject for this reason, too. */
export type WithEnds<Deciders, Ends> = [Ends] extends [never]
  ? Deciders
  : { readonly [Name in keyof Deciders]: WithEnd<Deciders[Name]> };

type WithEnd<Decider> = Decider extends (...input: infer Input) => infer Answer
  ? (...input: Input) => Answer | RejectedDecision<typeof STREAM_ENDED>
  : Decider;

/** What has ends: an aggregate, or a part of it. */
export interface EndingAggregate {
  readonly endsWith?: readonly string[];
}

/** Whether a stream whose newest event is of this type has ended. Nothing follows the event, so none else is asked. */
export function isEnd({ endsWith = [] }: EndingAggregate, newestType: string): boolean {
  return endsWith.includes(newestType);
}

export const streamEnded: RejectedDecision<typeof STREAM_ENDED> = {
  decision: 'rejected',
  reason: STREAM_ENDED,
  details: null,
};
