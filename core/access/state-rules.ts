/**
 * The rules over the state, as the aggregate's object asks them: in the step that decides, without an await, so that
 * nothing changes in between.
 */
import type { StateQuestion } from '../aggregate/authorization.ts';
import { ownValue } from '../values/own-value.ts';
import type { Access } from './define-access.ts';
import { commandRule, holds, type RuleFault, readRule } from './rules.ts';

/** Whether a rule of one of the roles grants the command on this state. */
export function grantsCommand(
  access: Access,
  { caller, roles }: StateQuestion,
  command: { readonly aggregate: string; readonly name: string },
  state: unknown,
  fault: RuleFault,
): boolean {
  return roles.some((role) => {
    const rule = commandRule(
      ownValue(access.roles, role)?.commands,
      command.aggregate,
      command.name,
    );
    return typeof rule === 'object' && holds(() => rule.state?.(state, caller), fault);
  });
}

/** Whether a rule of one of the roles lets the caller read this state. */
export function grantsReading(
  access: Access,
  { caller, roles }: StateQuestion,
  aggregate: string,
  state: unknown,
  fault: RuleFault,
): boolean {
  return roles.some((role) => {
    const rule = readRule(ownValue(access.roles, role)?.read, aggregate);
    return typeof rule === 'object' && holds(() => rule.state(state, caller), fault);
  });
}
