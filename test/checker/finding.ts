/** What the checker answers: everything that no server of ours may have done. */

/**
 * Each kind is explained in its file of `findings/`; `hidden` and `remembered` are laws of the simulator
 * (`outage-trial.ts`, `forgetting-storm.ts`).
 */
export type FindingKind =
  | 'lost'
  | 'phantom'
  | 'doubled'
  | 'reordered'
  | 'gap'
  | 'changed'
  | 'contradicted'
  | 'unguarded'
  | 'stale'
  | 'torn'
  | 'misfolded'
  | 'unfinished'
  | 'hidden'
  | 'remembered'
  | 'shown'
  | 'ungranted'
  | 'unbalanced';

export interface Finding {
  readonly kind: FindingKind;
  /** The stream, row or process that it is about. */
  readonly where: string;
  /** The observed and the expected value. */
  readonly detail: string;
}

/** Findings of one kind. */
export function findingsOf(kind: FindingKind) {
  return (where: string, detail: string): Finding => ({ kind, where, detail });
}
