import {
  type Aggregate,
  checkEvents,
  checkTimers,
  type DecidedEvent,
  evolve,
} from './aggregate.ts';
import type { Context } from './decision.ts';
import { deepFrozen } from './frozen.ts';
import { type Json, jsonCopy } from './json.ts';

/** Something that might happen: a fact that is simply assumed, or a command that the domain decides on. */
export type HypotheticalStep =
  | { readonly event: DecidedEvent }
  | { readonly command: string; readonly data: unknown };

/** What became of a step, and what would be true after it. */
export interface SimulatedStep {
  /** `refused`: the domain accepts, but an event is too large to be stored. */
  readonly outcome: 'assumed' | 'accepted' | 'rejected' | 'refused';
  readonly events: readonly DecidedEvent[];
  readonly reason?: string;
  readonly details?: Json;
  readonly version: number;
  readonly state: unknown;
}

/**
 * Plays steps on a state with the very functions that real commands go through. Nothing is stored: there is nothing
 * here that could. Commands and events must have passed their schemas.
 */
export function simulate(
  aggregate: Aggregate,
  start: { readonly version: number; readonly state: unknown },
  steps: readonly HypotheticalStep[],
  contextAt: (version: number) => Context,
): SimulatedStep[] {
  const played: SimulatedStep[] = [];
  let { version, state } = start;
  for (const step of steps) {
    const { events, ...outcome } = play(aggregate, state, step, contextAt(version));
    for (const event of events) state = evolve(aggregate, state, jsonCopy(event));
    version += events.length;
    // A copy: an evolve that changes its state in place would change the steps before.
    played.push({ ...outcome, events, version, state: jsonCopy(state) });
  }
  return played;
}

function play(
  aggregate: Aggregate,
  state: unknown,
  step: HypotheticalStep,
  context: Context,
): Omit<SimulatedStep, 'version' | 'state'> {
  if ('event' in step) return { outcome: 'assumed', events: [step.event] };
  const decide = aggregate.decide[step.command];
  if (!decide) throw new Error(`${aggregate.name} has no command ${step.command}.`);
  const decision = decide(deepFrozen(step.data), state, Object.freeze(context));
  if (decision.decision === 'accepted') {
    const checked = checkEvents(aggregate, decision);
    if ('outcome' in checked) return { outcome: 'refused', events: [], reason: checked.outcome };
    checkTimers(aggregate, decision.timers);
    return { outcome: 'accepted', events: checked.map(({ type, data }) => ({ type, data })) };
  }
  const { reason, details } = decision;
  return { outcome: 'rejected', events: [], reason, details: jsonCopy(details) };
}
