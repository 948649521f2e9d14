/**
 * Sockets that end before their time: those that were opened with a credential, those of a principal, or all of the
 * tenant.
 */
import type { SocketCaller } from './socket-caller.ts';

/** The sockets that have all of it; of `{}`, every socket of the tenant. */
export interface Dismissal {
  /** As the audit trail names it: `key:` and the id of the key. Its sockets are closed if the credential has ended. */
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
  return key ? [`key:${key.keyId}`] : [];
}
