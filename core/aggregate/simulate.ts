import { PAGE_BYTES_MAX, valueBytes } from '../values/bytes.ts';
import { type Json, jsonCopy } from '../values/json.ts';
import { type Aggregate, type DecidedEvent, evolve } from './aggregate.ts';
import { decideCommand } from './decide-command.ts';
import type { Context } from './decision.ts';
import type { Failure } from './outcome.ts';

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
  /** After the last step; after each where all states are asked for. */
  readonly state?: unknown;
  /** The answer has no room for the step's events and details: how many events it leaves out. */
  readonly eventsOmitted?: number;
}

/** Bytes of a simulation with the state after each step. Ours: a state that grows is repeated with each step. */
export const ALL_STATES_BYTES_MAX = 1_000_000;

/**
 * Plays steps on a state with the very functions that real commands go through. Nothing is stored: there is nothing
 * here that could. Commands and events must have passed their schemas. Events and details together end at the bytes of
 * a page: the steps after that show what became of them, and how many events are left out. Memory holds one state, or
 * what fits into the answer: a simulation that outgrows it ends there.
 */
export function simulate(
  aggregate: Aggregate,
  start: { readonly version: number; readonly state: unknown },
  steps: readonly HypotheticalStep[],
  contextAt: (version: number) => Context,
  states: 'last' | 'all' = 'last',
): SimulatedStep[] | Failure {
  const played: SimulatedStep[] = [];
  const room = { left: states === 'all' ? ALL_STATES_BYTES_MAX : PAGE_BYTES_MAX };
  let { version, state } = start;
  for (const [index, step] of steps.entries()) {
    const { events, ...outcome } = play(aggregate, state, step, contextAt(version));
    for (const event of events) state = evolve(aggregate, state, jsonCopy(event));
    version += events.length;
    if (events.length > 0 && valueBytes(state) > PAGE_BYTES_MAX) return tooLarge.state;
    const isShown = states === 'all' || index === steps.length - 1;
    // A copy: an evolve that changes its state in place would change the steps before.
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

/** Takes what the value needs; once something did not fit, nothing does. */
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
  state: unknown,
  step: HypotheticalStep,
  context: Context,
): Pick<SimulatedStep, 'outcome' | 'events' | 'reason' | 'details'> {
  if ('event' in step) return { outcome: 'assumed', events: [step.event] };
  const { command: name, data } = step;
  const decision = decideCommand(aggregate, state, { name, data }, context);
  if ('outcome' in decision) return { outcome: 'refused', events: [], reason: decision.outcome };
  if (decision.decision === 'accepted') {
    const events = decision.events.map((event) => ({ type: event.type, data: event.data }));
    return { outcome: 'accepted', events };
  }
  const { reason, details } = decision;
  return { outcome: 'rejected', events: [], reason, details };
}
