/**
 * Maps the outcome of a saga's command to what the saga records. Accepted and rejected outcomes are passed to the
 * definition. Every other final outcome needs an operator's attention, with its reason.
 */
import type { Failure, Outcome } from '../../core/aggregate/outcome.ts';
import { streamName } from '../../core/aggregate/stream.ts';
import type { EffectAttempt, Reaction } from '../../core/process/reactor.ts';
import { toProblem } from '../../core/protocol/problem.ts';

export type SagaCommand = Reaction & { readonly effectAttempt: EffectAttempt };

/**
 * The time that a target may fail before an operator is needed, from the recording of its command. Our value: a restart
 * or a deployment takes less, and a target whose code throws fails at every attempt.
 */
const FAILING_MS = 120_000;

/** An outage ends by itself, so it may take longer; the command is still retried, under its own key. */
const UNANSWERED_MS = 900_000;

const REASON_CHARACTERS_MAX = 500;

export interface EffectAnswer {
  readonly effect: SagaCommand;
  /** The command that the saga records; undefined while there is none. */
  readonly settles?: {
    readonly outcome: 'accepted' | 'rejected' | 'undelivered';
    readonly reason: string | null;
  };
  /** The reason why the command is retried without an operator. */
  readonly repeats?: string;
}

/** `ageMs`: the time since the command was recorded. */
export function answerOf(effect: SagaCommand, outcome: Outcome, ageMs: number): EffectAnswer {
  const target = streamName(effect);
  switch (outcome.outcome) {
    case 'accepted':
    // The attempt's own key is known, so it was executed.
    case 'key-reused':
      return { effect, settles: { outcome: 'accepted', reason: null } };
    case 'rejected':
      return { effect, settles: { outcome: 'rejected', reason: outcome.reason } };
    case 'failed': {
      const reason = `${effect.command} failed in ${target}: its code throws, and the log says where.`;
      return ageMs < FAILING_MS ? { effect, repeats: reason } : undelivered(effect, reason);
    }
    case 'unavailable': {
      const reason = `${effect.command} has no answer from ${target}: ${outcome.detail}`;
      if (ageMs < UNANSWERED_MS) return { effect, repeats: reason };
      return {
        ...undelivered(effect, `${reason} It is sent on under the same key.`),
        repeats: reason,
      };
    }
    default:
      return undelivered(
        effect,
        `${effect.command} for ${target} is ${outcome.outcome}: ${ruleOf(outcome)}`,
      );
  }
}

function undelivered(effect: SagaCommand, reason: string): EffectAnswer {
  const short = reason.slice(0, REASON_CHARACTERS_MAX);
  return { effect, settles: { outcome: 'undelivered', reason: short } };
}

function ruleOf(failure: Failure): string {
  return toProblem(failure).detail;
}
