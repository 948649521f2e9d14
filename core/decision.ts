import type { Json } from './json.ts';

/** What `decide` may know beside the command and the state. Everything that is not pure comes in here. */
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

export interface Accepted<Event> {
  readonly decision: 'accepted';
  readonly events: readonly Event[];
}

export interface Rejected<Reason extends string> {
  readonly decision: 'rejected';
  readonly reason: Reason;
  readonly details: Json;
}

export type Decision<Event, Reason extends string = string> = Accepted<Event> | Rejected<Reason>;

/** The command happened: append these events. None means that there is nothing left to do, which is fine. */
export function accept<
  // Named apart so that TypeScript keeps the literal 'OrderPlaced' instead of widening it to string.
  Type extends string,
  Event extends { readonly type: Type; readonly data: unknown },
>(...events: readonly Event[]): Accepted<Event> {
  return { decision: 'accepted', events };
}

/** The domain says no. `reason` is a stable code for programs, `details` tells people what was in the way. */
export function reject<const Reason extends string>(
  reason: Reason,
  details: Json = null,
): Rejected<Reason> {
  return { decision: 'rejected', reason, details };
}
