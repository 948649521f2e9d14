/** The bank's own credentials: sessions that it keeps in KV. */
import type { Authenticate, Principal } from 'ledge/worker';
import type { Env } from './env.ts';

/** As the bank stores a session. */
export interface Session {
  readonly user: string;
  readonly branch: string;
  readonly isClerk?: boolean;
}

// #region authenticate
export const authenticate: Authenticate<Env> = async ({ headers }, env) => {
  const token = /^Bearer (.+)$/.exec(headers.get('authorization') ?? '')?.[1];
  const session = token && (await env.BANK_SESSIONS.get<Session>(token, 'json'));
  return session ? principalOf(session) : undefined;
};

function principalOf({ user, branch, isClerk }: Session): Principal {
  return { id: `user:${user}`, tenant: branch, roles: isClerk ? ['operator'] : [] };
}
// #endregion
