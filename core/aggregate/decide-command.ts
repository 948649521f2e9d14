/**
 * One command on one state: the only place that calls `decide` and validates its result against the domain's schemas.
 * The aggregate's object, simulation, the optimistic client, the test kits and the laws of a domain all use it, so that
 * none accepts what another refuses.
 */

import { deepFrozen } from '../values/frozen.ts';
import { isJson, type Json, jsonCopy } from '../values/json.ts';
import { ownValue } from '../values/own-value.ts';
import { type Aggregate, type CheckedEvent, checkEvents, checkTimers } from './aggregate.ts';
import type { Context, Timer } from './decision.ts';
import type { Failure } from './outcome.ts';
import { streamEnded } from './stream-end.ts';

/** Events in the shape in which they are stored, and valid timers: all of it can be written. */
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
 * Returns a failure for a command that the aggregate does not define, and for events too large to store. Where the stream has
 * ended, any other command is rejected. Command and context are frozen here. The state is not, because freezing walks all of it: the caller protects it.
 *
 * @throws what the domain throws, and Error when an event does not match its schema, a timer is invalid, or a value is
 * not plain JSON: a bug in the domain
 */
export function decideCommand(
  aggregate: Aggregate,
  state: unknown,
  { name, data }: NamedCommand,
  context: Context,
  isEnded = false,
): AcceptedCommand | RejectedCommand | Failure {
  const decide = ownValue(aggregate.decide, name);
  if (!decide) return { outcome: 'unknown', what: 'command', name };
  if (isEnded) return streamEnded;
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
