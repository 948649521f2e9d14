/** Another Worker, by a service binding: its method `receive` is called with the CloudEvents, over RPC. */
import { UnboundTarget } from '../../../core/failures/unbound-target.ts';
import type { LedgeEnv } from '../../runtime/env.ts';
import { answerOfCall, type CallClock } from './answer-of-call.ts';
import { boundService } from './bound-targets.ts';
import type { Target } from './target.ts';

export function serviceTarget(env: LedgeEnv, clock: CallClock, binding: string): Target {
  return {
    send: async (events) => {
      const service = boundService(env, binding);
      if (!service) throw new UnboundTarget();
      const received = events.map(({ text }): unknown => JSON.parse(text));
      return answerOfCall(clock, () => service.receive(received));
    },
  };
}
