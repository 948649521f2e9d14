/** What the call of a binding means as the answer of a target: it returns, it throws, or it is late. */
import type { TargetAnswer } from '../../../core/subscription/retry.ts';
import { DeadlinePassed, withDeadline } from '../../../durable-objects/with-deadline.ts';
import type { Platform } from '../../runtime/platform.ts';
import { ANSWERED_WITHIN_MS } from '../send-delivery.ts';

export interface CallClock extends Pick<Platform, 'nowMs'> {
  readonly deadlineMs?: number;
}

/** Never rejects. */
export async function answerOfCall(
  { nowMs, deadlineMs = ANSWERED_WITHIN_MS }: CallClock,
  call: () => Promise<unknown>,
): Promise<TargetAnswer> {
  const startMs = nowMs();
  const answered = (result: TargetAnswer['result']) => {
    return { result, status: null, durationMs: Math.max(0, nowMs() - startMs) };
  };
  try {
    await withDeadline(call(), deadlineMs, 'The binding has not answered in time.');
    return answered('delivered');
  } catch (error) {
    return answered(error instanceof DeadlinePassed ? 'timed-out' : 'failed');
  }
}
