/**
 * The expected state after a command: decided and evolved by the same pure functions as on the server, whose outcome is
 * authoritative.
 */
import { type Aggregate, asStored, evolve } from '../core/aggregate/aggregate.ts';
import { decideCommand } from '../core/aggregate/decide-command.ts';
import type { Context } from '../core/aggregate/decision.ts';

/** Undefined if the command would be rejected, or if its decision is unknown here. */
export function expectedState(
  aggregate: Aggregate,
  command: string,
  data: unknown,
  state: unknown,
  context: Context,
): unknown {
  try {
    const checked = aggregate.commands[command]?.safeParse(data);
    if (!checked?.success) return undefined;
    const named = { name: command, data: checked.data };
    // Copies, because the caller shows the state, which is the result of a query.
    const decision = decideCommand(aggregate, copied(state), named, context);
    if ('outcome' in decision || decision.decision === 'rejected') return undefined;
    return decision.events.reduce<unknown>(
      (before, event) => evolve(aggregate, before, asStored(event)),
      copied(state),
    );
  } catch {
    // A state that lacks fields which the domain needs gives no decision.
    return undefined;
  }
}

function copied<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value));
}
