/**
 * The caller of a socket, as the Worker authenticated it. Passed to the object in a header of the Worker's own request,
 * and kept in the socket's attachment, which survives a hibernation.
 */
import type { ReadKey } from '../../core/access/key-reference.ts';

export interface SocketCaller {
  readonly actor: string;
  readonly roles: readonly string[];
  readonly claims: Readonly<Record<string, unknown>>;
  /** The access rules do not concern it. */
  readonly isUnrestricted?: true | undefined;
  /** The socket is closed then unless it is renewed; null: it has no end. */
  readonly untilMs: number | null;
  /** Null: the caller was let in by something else than an API key. */
  readonly key: ReadKey | null;
}

const HEADER = 'ledge-caller';

/** Percent-encoded: a header takes no other text. */
export function callerHeader(caller: SocketCaller): Record<string, string> {
  return { [HEADER]: encodeURIComponent(JSON.stringify(caller)) };
}

/** Undefined for a request that the Worker did not make. */
export function callerIn(headers: Headers): SocketCaller | undefined {
  const text = headers.get(HEADER);
  // What `callerHeader` wrote: none of the caller's own headers reaches the object.
  return text === null ? undefined : (JSON.parse(decodeURIComponent(text)) as SocketCaller);
}
