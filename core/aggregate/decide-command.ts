/**
 * One command on one state: the only place that calls `decide` and that holds what it returns to the domain's schemas.
 * The aggregate's object, simulation, the optimistic client, the test kits and the laws of a domain all decide here, so
 * that none accepts what another refuses.
 */

import { deepFrozen } from '../values/frozen.ts';
import { isJson, type Json, jsonCopy } from '../values/json.ts';
import { ownValue } from '../values/own-value.ts';
import { type Aggregate, type CheckedEvent, checkEvents, checkTimers } from './aggregate.ts';
import type { Context, Timer } from './decision.ts';
import type { Failure } from './outcome.ts';

/** Events in the shape they are stored in, and timers that can be kept: all of it can be carried out. */
export interface AcceptedCommand {
  readonly decision: 'accepted';
  readonly events: readonly CheckedEvent[];
  readonly timers: readonly Timer[];
}

export interface RejectedCommand {
  readonly decision: 'rejected';
  readonly reason: string;
  readonly details: Json;
}

/** `data` has passed the command's schema. */
interface NamedCommand {
  readonly name: string;
  readonly data: unknown;
}

/**
 * A failure is a command that the aggregate does not have, or events that are too large to be stored. Command and
 * context are frozen; the state is the caller's to protect, because freezing it costs the whole of it.
 *
 * @throws what the domain throws, and Error when it decides what its own schemas refuse, a timer that cannot be kept, or
 * what JSON cannot hold: a bug in the domain
 */
export function decideCommand(
  aggregate: Aggregate,
  state: unknown,
  { name, data }: NamedCommand,
  context: Context,
): AcceptedCommand | RejectedCommand | Failure {
  const decide = ownValue(aggregate.decide, name);
  if (!decide) return { outcome: 'unknown', what: 'command', name };
  const decision = decide(deepFrozen(data), state, Object.freeze(context));
  if (decision.decision === 'rejected') {
    const { reason, details } = decision;
    if (isJson(details)) return { decision: 'rejected', reason, details: jsonCopy(details) };
    throw new Error(`${aggregate.name} rejected ${name} with details that JSON cannot hold.`);
  }
  const events = checkEvents(aggregate, decision);
  if ('outcome' in events) return events;
  return { decision: 'accepted', events, timers: checkTimers(aggregate, decision.timers) };
}
