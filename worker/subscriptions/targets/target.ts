/** What the object of a subscription sends events to, whatever it is: a webhook, a queue, another Worker. */
import type { TargetAnswer } from '../../../core/subscription/retry.ts';

/** A CloudEvent in JSON, as the target may see it. */
export interface TargetEvent {
  readonly id: string;
  readonly text: string;
}

export interface Target {
  /**
   * Sends one event, or several together, in their order: all are taken, or none counts as taken. Never rejects for what the
   * other side does.
   *
   * @throws UnreadableSecret, UnboundTarget
   */
  send(events: readonly TargetEvent[]): Promise<TargetAnswer>;
}
