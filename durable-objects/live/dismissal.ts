/**
 * Sockets that end before their time: those that were opened with a credential, those of a principal, or all of the
 * tenant.
 */
import type { SocketCaller } from './socket-caller.ts';

/** The sockets that have all of it; of `{}`, every socket of the tenant. */
export interface Dismissal {
  /** `key:` and the id of the key, as the audit trail names it, or `session:` and the id of the session. Its sockets are closed if the credential has ended. */
  readonly credential?: string | undefined;
  /** The id of the principal, `user:ann`. Its sockets are closed. */
  readonly principal?: string | undefined;
}

export function isDismissed(caller: SocketCaller, { credential, principal }: Dismissal): boolean {
  return (
    (credential === undefined || credentialsOf(caller).includes(credential)) &&
    (principal === undefined || caller.actor === principal)
  );
}

function credentialsOf({ key }: SocketCaller): readonly string[] {
  if (!key) return [];
  const { keyId, session } = key;
  return session ? [`key:${keyId}`, `session:${session.id}`] : [`key:${keyId}`];
}
