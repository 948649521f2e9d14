/** Finds the rule of a role, and asks it. Only `true` holds: what a rule throws is reported, and refuses. */
import { ownValue } from '../values/own-value.ts';
import type { AnyCommandRule, AnyReadRule, Grants } from './define-access.ts';

/** Called with what a rule throws. */
export type RuleFault = (error: unknown) => void;

export function holds(rule: () => unknown, fault: RuleFault): boolean {
  try {
    return rule() === true;
  } catch (error) {
    fault(error);
    return false;
  }
}

export function commandRule(
  commands: Grants['commands'],
  aggregate: string,
  name: string,
): true | AnyCommandRule | undefined {
  if (commands === undefined || commands === 'all') return commands && true;
  const ofAggregate = ownValue(commands, aggregate);
  if (ofAggregate === undefined || ofAggregate === 'all') return ofAggregate && true;
  return ownValue(ofAggregate, name);
}

export function readRule(read: Grants['read'], aggregate: string): true | AnyReadRule | undefined {
  if (read === undefined || read === 'all') return read && true;
  return ownValue(read, aggregate);
}
