/** The end of a stream: an event after which its aggregate takes no command any more. */
import type { RejectedDecision } from './decision.ts';

/** Why a command is rejected whose stream has ended. */
export const STREAM_ENDED = 'stream-ended';

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
