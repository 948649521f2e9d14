/**
 * A queue of Cloudflare, by its producer binding: each event is a message whose body is the CloudEvent. The queue keeps no
 * order of its messages, and may deliver one again.
 */
import { UnboundTarget } from '../../../core/failures/unbound-target.ts';
import { MESSAGE_BYTES_MAX } from '../../../core/subscription/delivery-batch.ts';
import { utf8Bytes } from '../../../core/values/bytes.ts';
import type { LedgeEnv } from '../../runtime/env.ts';
import { answerOfCall, type CallClock } from './answer-of-call.ts';
import { boundQueue } from './bound-targets.ts';
import type { Target } from './target.ts';

export function queueTarget(env: LedgeEnv, clock: CallClock, binding: string): Target {
  return {
    send: async (events) => {
      const queue = boundQueue(env, binding);
      if (!queue) throw new UnboundTarget();
      if (events.some(({ text }) => utf8Bytes(text) > MESSAGE_BYTES_MAX))
        return { result: 'too-large', status: null, durationMs: 0 };
      const messages = events.map(({ text }): MessageSendRequest => {
        return { body: JSON.parse(text), contentType: 'json' };
      });
      return answerOfCall(clock, () => queue.sendBatch(messages));
    },
  };
}
