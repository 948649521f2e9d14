import {
  type Aggregate,
  checkEvents,
  checkTimers,
  type DecidedEvent,
  evolve,
} from './aggregate.ts';
import { PAGE_BYTES_MAX, valueBytes } from './bytes.ts';
import type { Context } from './decision.ts';
import { deepFrozen } from './frozen.ts';
import { type Json, jsonCopy } from './json.ts';

/** Something that might happen: a fact that is simply assumed, or a command that the domain decides on. */
export type HypotheticalStep =
  | { readonly event: DecidedEvent }
  | { readonly command: string; readonly data: unknown };

/** What became of a step, and what would be true after it. */
export interface SimulatedStep {
  /** `refused`: the domain accepts, but its events are too large to be stored. */
  readonly outcome: 'assumed' | 'accepted' | 'rejected' | 'refused';
  readonly events: readonly DecidedEvent[];
  readonly reason?: string;
  readonly details?: Json;
  readonly version: number;
  readonly state?: unknown;
  /** The answer has no room for the step's events, state and details: how many events it leaves out. */
  readonly eventsOmitted?: number;
  readonly stateOmitted?: true;
}

/**
 * Plays steps on a state with the very functions that real commands go through. Nothing is stored: there is nothing
 * here that could. Commands and events must have passed their schemas. Events, states and details together end at the
 * bytes of a page: the steps after that show what became of them, and how much is left out.
 */
export function simulate(
  aggregate: Aggregate,
  start: { readonly version: number; readonly state: unknown },
  steps: readonly HypotheticalStep[],
  contextAt: (version: number) => Context,
): SimulatedStep[] {
  const played: SimulatedStep[] = [];
  let { version, state } = start;
  let left = PAGE_BYTES_MAX;
  for (const step of steps) {
    const { events, ...outcome } = play(aggregate, state, step, contextAt(version));
    for (const event of events) state = evolve(aggregate, state, jsonCopy(event));
    version += events.length;
    // A copy: an evolve that changes its state in place would change the steps before.
    const whole = { ...outcome, events, version, state: jsonCopy(state) };
    left -= left < 0 ? 0 : valueBytes(whole, left);
    played.push(left < 0 ? shortened(whole) : whole);
  }
  return played;
}

function shortened({ events, state: _state, details: _details, ...step }: SimulatedStep) {
  return { ...step, events: [], eventsOmitted: events.length, stateOmitted: true } as const;
}

function play(
  aggregate: Aggregate,
  state: unknown,
  step: HypotheticalStep,
  context: Context,
): Pick<SimulatedStep, 'outcome' | 'events' | 'reason' | 'details'> {
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
