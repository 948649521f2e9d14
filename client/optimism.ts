/**
 * What a command will most likely make of a state: decided and evolved here, by the same pure functions as on the
 * server. Called by the hooks while the command is on its way; what the server then says is what counts.
 */
import type { Aggregate } from '../core/aggregate.ts';
import type { Context } from '../core/decision.ts';

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
    // Copies: the state is what a query answered, and the caller shows it.
    const decision = aggregate.decide[command]?.(checked.data, copied(state), context);
    if (decision?.decision !== 'accepted') return undefined;
    return decision.events.reduce(
      (before, event) => aggregate.evolve[event.type]?.(before, copied(event)),
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
