/** What an aggregate's object has to ask its state before it executes a command for a caller, or answers with a state. */

/** The caller as rules see it. `claims` have passed the schema of the access rules. */
export interface RulePrincipal<Claims = unknown> {
  /** The actor of what it causes: `user:ann`. */
  readonly id: string;
  readonly tenant: string;
  readonly roles: readonly string[];
  readonly claims: Claims;
}

/** The caller, and the aggregate that it commands or reads. */
export interface AggregateCaller<Claims = unknown> extends RulePrincipal<Claims> {
  readonly aggregateId: string;
}

/** The roles whose rules over the state decide. One that grants is enough. */
export type RolesToAsk = readonly string[];

export interface StateQuestion {
  readonly caller: AggregateCaller;
  readonly roles: RolesToAsk;
}

/** Left out: it is granted already. */
export interface CommandAuthorization {
  readonly execute?: StateQuestion;
  /** Whether the outcome has the command's events. */
  readonly read?: StateQuestion;
}
