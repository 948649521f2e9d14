/** Errors that a decider of Emmett throws to refuse a command, recognized by their `errorCode`, an HTTP status. */
import { type RejectedDecision, reject } from '../aggregate/decision.ts';

/** Emmett's ValidationError, IllegalStateError and NotFoundError; other codes as they are. */
const REASONS = {
  400: 'validation-failed',
  403: 'illegal-state',
  404: 'not-found',
} as const satisfies Readonly<Record<number, string>>;

/** The reasons of rejections that the errors of Emmett become. */
export type EmmettReason = (typeof REASONS)[keyof typeof REASONS] | `error-${number}`;

const reasons: Readonly<Record<number, EmmettReason>> = REASONS;

/** Undefined for what is no refusal: Emmett's own errors of 500, and any error without a code. */
export function rejectionOf(error: unknown): RejectedDecision<EmmettReason> | undefined {
  if (!(error instanceof Error && 'errorCode' in error)) return undefined;
  const { errorCode, message } = error;
  if (typeof errorCode !== 'number' || errorCode < 400 || errorCode >= 500) return undefined;
  return reject(reasons[errorCode] ?? `error-${errorCode}`, { message });
}
