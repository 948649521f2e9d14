/**
 * The caller of a socket, as the Worker authenticated it. Passed to the object in a header of the Worker's own request,
 * and kept in the socket's attachment, which survives a hibernation.
 */
import type { CallerLimits } from '../../core/access/caller-limits.ts';
import type { ReadKey } from '../../core/access/key-reference.ts';
import { canonicalJson } from '../../core/values/json.ts';
import type { UsedTicket } from './used-tickets.ts';

export interface SocketCaller {
  readonly actor: string;
  readonly roles: readonly string[];
  readonly claims: Readonly<Record<string, unknown>>;
  /** The access rules do not concern it. */
  readonly isUnrestricted?: true | undefined;
  /** What its principal may have in a Live object; left out: as much as there is room for. */
  readonly limits?: Pick<CallerLimits, 'sockets' | 'queries'> | undefined;
  /** The socket is closed then unless it is renewed; null: it has no end. */
  readonly untilMs: number | null;
  /** Null: the caller was let in by something else than an API key. */
  readonly key: ReadKey | null;
}

/** What the Worker asks the object for. */
export interface SocketOpening {
  readonly caller: SocketCaller;
  /** Null: the caller came with a credential that may be used again. */
  readonly ticket: UsedTicket | null;
}

const HEADER = 'ledge-opening';

/** Percent-encoded: a header takes no other text. */
export function openingHeader(opening: SocketOpening): Record<string, string> {
  return { [HEADER]: encodeURIComponent(JSON.stringify(opening)) };
}

/** Undefined for a request that the Worker did not make. */
export function openingIn(headers: Headers): SocketOpening | undefined {
  const text = headers.get(HEADER);
  // What `openingHeader` wrote: none of the caller's own headers reaches the object.
  return text === null ? undefined : (JSON.parse(decodeURIComponent(text)) as SocketOpening);
}

/** Whether what one may see the other may see. */
export function isSameCaller(one: SocketCaller, other: SocketCaller): boolean {
  return seenBy(one) === seenBy(other);
}

/** Equal for callers that the access rules cannot tell apart. */
export function seenBy({ actor, roles, claims }: SocketCaller): string {
  return canonicalJson({ actor, roles: [...roles].sort(), claims });
}
