/**
 * What a command will most likely make of a state: decided and evolved here, by the same pure functions as on the
 * server. What the server then answers is what counts.
 */
import { type Aggregate, asStored, evolve } from '../core/aggregate/aggregate.ts';
import { decideCommand } from '../core/aggregate/decide-command.ts';
import type { Context } from '../core/aggregate/decision.ts';

/** Undefined when the command would not be accepted, or that cannot be told from here. */
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
    // Copies: the state is what a query answered, and the caller shows it.
    const decision = decideCommand(aggregate, copied(state), named, context);
    if ('outcome' in decision || decision.decision === 'rejected') return undefined;
    return decision.events.reduce<unknown>(
      (before, event) => evolve(aggregate, before, asStored(event)),
      copied(state),
    );
  } catch {
    // Of a state that lacks what the domain needs nothing can be told.
    return undefined;
  }
}

function copied<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value));
}
