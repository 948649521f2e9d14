/** Asks the access rules over the state: may the caller of a command execute it, and may it see the state. */
import type { Access } from '../../core/access/define-access.ts';
import { ungranted } from '../../core/access/rights.ts';
import { grantsCommand, grantsReading } from '../../core/access/state-rules.ts';
import type { StateQuestion } from '../../core/aggregate/authorization.ts';
import type { Command } from '../../core/aggregate/command.ts';
import { type Outcome, withoutEvents } from '../../core/aggregate/outcome.ts';

/** The answer to a question that no rule has granted. It shows nothing of the aggregate. */
export type Unreadable = 'unreadable';

export interface StateAccess {
  readonly aggregate: string;
  /** Left out: the app has no rules, and no question is granted. */
  readonly access: Access | undefined;
  /** Called with what a rule throws. */
  readonly fault: (error: unknown) => void;
}

/** Without a question the door has granted it. */
export function mayRead(
  { aggregate, access, fault }: StateAccess,
  question: StateQuestion | undefined,
  state: () => unknown,
): boolean {
  if (!question) return true;
  return access !== undefined && grantsReading(access, question, aggregate, state(), fault);
}

/** The refusal of a command; undefined where it may be executed. It is not recorded under the command's key. */
export function refusedByState(
  { aggregate, access, fault }: StateAccess,
  { name, authorization }: Command,
  state: () => unknown,
): Outcome | undefined {
  const question = authorization?.execute;
  if (!question) return undefined;
  const isGranted =
    access !== undefined && grantsCommand(access, question, { aggregate, name }, state(), fault);
  return isGranted ? undefined : ungranted(`command ${aggregate}/${name}`);
}

/** The events of a command are shown to callers that may read the state that they led to. */
export function withReadableEvents(
  rules: StateAccess,
  { authorization }: Command,
  outcome: Outcome,
  state: () => unknown,
): Outcome {
  if (outcome.outcome !== 'accepted') return outcome;
  return mayRead(rules, authorization?.read, state) ? outcome : withoutEvents(outcome);
}
