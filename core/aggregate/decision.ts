/**
 * What `decide` receives beside the command and the state, and what it returns: events and timers that are accepted,
 * or a rejection with its reason.
 */

import type { Json } from '../values/json.ts';
import { isTime, parseTime, TIME_RULE, utcText } from '../values/time.ts';

/** The third parameter of `decide`: every impure input, such as the time and new ids. */
export interface Context {
  readonly tenant: string;
  /** The aggregate's id, `o-1` in `order/o-1`. */
  readonly id: string;
  /** The stream's version before this command; 0 when nothing was ever accepted. */
  readonly version: number;
  readonly actor: string;
  /** Now, by the platform's clock (ISO 8601, UTC). */
  readonly now: string;
  /** When the command says that the fact happened; `now` unless it says otherwise. */
  readonly occurredAt: string;
  /** A fresh UUIDv7. */
  readonly newId: () => string;
}

/** A command that the aggregate sends itself later, or the cancellation of one. */
export type Timer<Command extends string = string, Data = unknown> =
  | {
      readonly timer: 'schedule';
      /** Identifies the timer within its aggregate: scheduling the same id replaces it, `cancel` removes it. */
      readonly id: string;
      /** ISO 8601 with its zone, up to the year 2189. A time that has passed means at once. */
      readonly at: string;
      readonly command: Command;
      /** Plain JSON, the input of the command's schema, which parses it when the timer is due. */
      readonly data: Data;
    }
  | { readonly timer: 'cancel'; readonly id: string };

/** What `accept` returns: the events to append and the timers to set, stored together. */
export interface AcceptedDecision<Event, Scheduled = Timer> {
  readonly decision: 'accepted';
  readonly events: readonly Event[];
  readonly timers: readonly Scheduled[];
  /** The same decision with these timers added. Timers and events are stored atomically. */
  with<More extends Timer>(...timers: readonly More[]): AcceptedDecision<Event, Scheduled | More>;
}

/** What `reject` returns: the reason, a stable code that reaches the client, and its details. */
export interface RejectedDecision<Reason extends string> {
  readonly decision: 'rejected';
  readonly reason: Reason;
  readonly details: Json;
}

/** What `decide` returns: accepted events, or a rejection. */
export type Decision<Event, Reason extends string = string, Scheduled = Timer> =
  | AcceptedDecision<Event, Scheduled>
  | RejectedDecision<Reason>;

/**
 * Accepts the command and appends these events. No events: the command changes nothing, for example a repeat.
 *
 * @example accept({ type: 'OrderPlaced', data })
 */
export function accept(): AcceptedDecision<never, never>;
export function accept<
  // A type parameter of its own, so that TypeScript keeps the literal 'OrderPlaced' instead of widening it to string.
  // In the bound of Event it would widen the literals of the data.
  Type extends string,
  Event extends { readonly type: string; readonly data: unknown },
>(...events: readonly (Event & { readonly type: Type })[]): AcceptedDecision<Event, never>;
export function accept<Event>(...events: readonly Event[]): AcceptedDecision<Event, never> {
  return acceptedWith(events, []);
}

function acceptedWith<Event, Scheduled>(
  events: readonly Event[],
  timers: readonly Scheduled[],
): AcceptedDecision<Event, Scheduled> {
  return {
    decision: 'accepted',
    events,
    timers,
    with: <More>(...more: readonly More[]) =>
      acceptedWith<Event, Scheduled | More>(events, [...timers, ...more]),
  };
}

/**
 * Schedules a command that the aggregate sends itself later, exactly once, across restarts. A timer that a timer's
 * command sets fires at least a second later. A command that cannot be executed when it is due is parked for an
 * operator.
 *
 * @example accept({ type: 'StockReserved', data }).with(
 *   schedule(`expiry/${order}`, { at: later(now, 900_000), command: 'ReleaseStock', data: { order } }))
 */
export function schedule<const Command extends string, Data>(
  id: string,
  { at, command, data }: { readonly at: string; readonly command: Command; readonly data: Data },
): Timer<Command, Data> {
  return { timer: 'schedule', id, at, command, data };
}

/**
 * Cancels a scheduled command. Does nothing if there is none.
 *
 * @example accept({ type: 'OrderPaid', data }).with(cancel('reminder'))
 */
export function cancel(id: string): Timer<never, never> {
  return { timer: 'cancel', id };
}

/**
 * A time so many milliseconds after another (ISO 8601, UTC).
 *
 * @throws RangeError when `time` is no time with its zone, or the result leaves the years 0000 to 9999
 * @example later(now, 86_400_000) // the same time tomorrow
 */
export function later(time: string, delayMs: number): string {
  const timeMs = parseTime(time);
  if (timeMs === undefined)
    throw new RangeError(`${JSON.stringify(time)} is no time. ${TIME_RULE}`);
  const laterMs = timeMs + delayMs;
  if (!isTime(laterMs))
    throw new RangeError(`No time is ${delayMs} ms after ${time}. ${TIME_RULE}`);
  return utcText(laterMs);
}

/**
 * Rejects the command. `reason` is a stable code for programs, `details` explains it to people.
 *
 * @example reject('not-enough-left', { leftCents })
 */
export function reject<const Reason extends string>(
  reason: Reason,
  details: Json = null,
): RejectedDecision<Reason> {
  return { decision: 'rejected', reason, details };
}
