/**
 * The what-if simulation: hypothetical events and commands on a state, with the same decider and the same fold as
 * real ones, and without storage.
 */

import { PAGE_BYTES_MAX, valueBytes } from '../values/bytes.ts';
import { type Json, jsonCopy } from '../values/json.ts';
import { type Aggregate, type DecidedEvent, evolve } from './aggregate.ts';
import { decideCommand } from './decide-command.ts';
import type { Context } from './decision.ts';
import type { Failure } from './outcome.ts';
import { isEnd } from './stream-end.ts';

/** A step of a simulation: an event that is assumed, or a command that the domain decides. */
export type HypotheticalStep =
  | { readonly event: DecidedEvent }
  | { readonly command: string; readonly data: unknown };

/** The result of a step, and the version and state after it. */
export interface SimulatedStep {
  /** `refused`: the domain accepts the command, but its events are too large to store. */
  readonly outcome: 'assumed' | 'accepted' | 'rejected' | 'refused';
  readonly events: readonly DecidedEvent[];
  readonly reason?: string;
  readonly details?: Json;
  readonly version: number;
  /** Present after the last step; after each step if all states are requested. */
  readonly state?: unknown;
  /** The number of events left out, if the step's events and details do not fit into the response. */
  readonly eventsOmitted?: number;
}

/** Bytes of a simulation with the state after each step. Our limit: a growing state is repeated in each step. */
export const ALL_STATES_BYTES_MAX = 1_000_000;

/**
 * Applies the steps to a state with the functions that real commands use. Nothing is stored. Commands and events must
 * have passed their schemas. Events and details together are limited to the bytes of a page: later steps have their
 * outcome and the number of events left out. Memory holds one state, or what fits into the response: a larger
 * simulation fails as too large.
 */
export function simulate(
  aggregate: Aggregate,
  start: { readonly version: number; readonly state: unknown; readonly ended?: true },
  steps: readonly HypotheticalStep[],
  contextAt: (version: number) => Context,
  states: 'last' | 'all' = 'last',
): SimulatedStep[] | Failure {
  const played: SimulatedStep[] = [];
  const room = { left: states === 'all' ? ALL_STATES_BYTES_MAX : PAGE_BYTES_MAX };
  let { version, state, ended: isEnded = false } = start;
  for (const [index, step] of steps.entries()) {
    const { events, ...outcome } = play(aggregate, { state, isEnded }, step, contextAt(version));
    for (const event of events) state = evolve(aggregate, state, jsonCopy(event));
    version += events.length;
    isEnded = isEnd(aggregate, events.at(-1)?.type ?? '') || (isEnded && events.length === 0);
    if (events.length > 0 && valueBytes(state) > PAGE_BYTES_MAX) return tooLarge.state;
    const isShown = states === 'all' || index === steps.length - 1;
    // A copy: an evolve that mutates its state would change the earlier steps.
    const shown = isShown ? { state: jsonCopy(state) } : {};
    const whole = { ...outcome, events, version };
    if (states === 'last') played.push({ ...fitted(room, whole), ...shown });
    else if (fits(room, { ...whole, ...shown })) played.push({ ...whole, ...shown });
    else return tooLarge.all;
  }
  return played;
}

const tooLarge = {
  state: { outcome: 'too-large', what: 'state', limitBytes: PAGE_BYTES_MAX },
  all: {
    outcome: 'too-large',
    what: 'answer with all states',
    limitBytes: ALL_STATES_BYTES_MAX,
  },
} as const satisfies Record<string, Failure>;

interface Room {
  left: number;
}

/** Takes the room that the value needs. After the first value that does not fit, no other does. */
function fits(room: Room, value: unknown): boolean {
  room.left -= room.left < 0 ? 0 : valueBytes(value, room.left);
  return room.left >= 0;
}

function fitted(room: Room, step: SimulatedStep): SimulatedStep {
  if (fits(room, step)) return step;
  const { events, details: _details, ...rest } = step;
  return { ...rest, events: [], eventsOmitted: events.length };
}

function play(
  aggregate: Aggregate,
  { state, isEnded }: { readonly state: unknown; readonly isEnded: boolean },
  step: HypotheticalStep,
  context: Context,
): Pick<SimulatedStep, 'outcome' | 'events' | 'reason' | 'details'> {
  if ('event' in step) return { outcome: 'assumed', events: [step.event] };
  const { command: name, data } = step;
  const decision = decideCommand(aggregate, state, { name, data }, context, isEnded);
  if ('outcome' in decision) return { outcome: 'refused', events: [], reason: decision.outcome };
  if (decision.decision === 'accepted') {
    const events = decision.events.map((event) => ({ type: event.type, data: event.data }));
    return { outcome: 'accepted', events };
  }
  const { reason, details } = decision;
  return { outcome: 'rejected', events: [], reason, details };
}
